(function () {
  "use strict";
  const by = (id) => document.getElementById(id);
  const all = (root, what) => Array.from(root.querySelectorAll(what));
  const list = by("list");
  if (!list) { return; }
  const form = document.querySelector(".controls"), find = by("f-text"), openAll = by("f-open");
  const selects = all(form, "select");
  const keys = selects.map((s) => s.dataset.facet);
  const buttons = all(document, "button[data-facet]");
  const rows = all(list, ".row").map((el, i) => {
    const v = {};
    keys.forEach((k) => { v[k] = (el.dataset[k] || "").split(" "); });
    return { el, i, v, text: null, data: null, view: "", shown: true };
  });
  const format = (n) => n.toLocaleString("en");
  let view = "inline";

  // The differences of a change are read when they are needed.
  function data(r) {
    if (!r.data) { r.data = JSON.parse(by("d" + r.i).textContent); }
    return r.data;
  }
  function text(r) {
    if (r.text === null) {
      const parts = [r.el.textContent, data(r).f, (data(r).o || []).join("\n").replace(/<[^>]*>/g, "")];
      data(r).g.forEach((g) => {
        parts.push((g.w || []).join("\n"));
        (g.f || []).forEach((f) => { parts.push(f.n); f.b.forEach((b) => { parts.push(b.l.join("\n")); }); });
      });
      r.text = parts.join("\n").toLowerCase();
    }
    return r.text;
  }

  function make(name, cls, content) {
    const e = document.createElement(name);
    if (cls) { e.className = cls; }
    if (content !== undefined) { e.textContent = content; }
    return e;
  }

  // Marks what changed between two lines: lists of [text, changed].
  const words = /[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu;
  let budget = 0;
  function intra(a, b) {
    const x = a.match(words) || [], y = b.match(words) || [];
    let start = 0, end = 0;
    while (start < x.length && start < y.length && x[start] === y[start]) { start++; }
    while (end < x.length - start && end < y.length - start && x[x.length - 1 - end] === y[y.length - 1 - end]) { end++; }
    const n = x.length - start - end, m = y.length - start - end;
    const keepX = new Uint8Array(x.length), keepY = new Uint8Array(y.length);
    for (let i = 0; i < start; i++) { keepX[i] = keepY[i] = 1; }
    for (let i = 0; i < end; i++) { keepX[x.length - 1 - i] = keepY[y.length - 1 - i] = 1; }
    if (n * m > 0 && n * m <= budget && n * m <= 250000) {
      budget -= n * m;
      const w = m + 1, t = new Uint16Array((n + 1) * w);
      for (let i = n - 1; i >= 0; i--) {
        for (let j = m - 1; j >= 0; j--) {
          t[i * w + j] = x[start + i] === y[start + j] ? t[(i + 1) * w + j + 1] + 1 : Math.max(t[(i + 1) * w + j], t[i * w + j + 1]);
        }
      }
      for (let i = 0, j = 0; i < n && j < m;) {
        if (x[start + i] === y[start + j]) { keepX[start + i++] = keepY[start + j++] = 1; } else if (t[(i + 1) * w + j] >= t[i * w + j + 1]) { i++; } else { j++; }
      }
    }
    // A space between two changed words is part of the change.
    [[x, keepX], [y, keepY]].forEach(([z, keep]) => {
      for (let i = 1; i + 1 < z.length; i++) { if (keep[i] && !keep[i - 1] && !keep[i + 1] && /^\s+$/.test(z[i])) { keep[i] = 0; } }
    });
    let same = 0;
    x.forEach((s, i) => { if (keepX[i] && s.trim()) { same += s.length; } });
    if (same * 4 < Math.min(a.trim().length, b.trim().length)) { return null; } // another line
    const join = (z, keep) => {
      const out = [];
      z.forEach((s, i) => {
        const changed = !keep[i], last = out[out.length - 1];
        if (last && last[1] === changed) { last[0] += s; } else { out.push([s, changed]); }
      });
      return out;
    };
    return [join(x, keepX), join(y, keepY)];
  }

  function outside(address) {
    const a = make("a");
    a.href = address;
    a.rel = "noreferrer noopener";
    a.target = "_blank";
    return a;
  }

  const longest = 2000;
  function fill(cell, pieces) {
    const put = (list) => {
      list.forEach(([s, changed]) => { cell.append(changed ? make("mark", "", s) : s); });
    };
    let total = 0, first = -1;
    pieces.forEach(([s, changed]) => { if (changed && first < 0) { first = total; } total += s.length; });
    if (total <= longest) { put(pieces); return; }
    let from = Math.max(0, Math.min(first - 300, total - longest)), left = longest;
    const part = [];
    if (from > 0) { part.push(["…", false]); }
    for (const [s, changed] of pieces) {
      if (from >= s.length) { from -= s.length; continue; }
      const piece = s.slice(from, from + left);
      from = 0;
      left -= piece.length;
      part.push([piece, changed]);
      if (left <= 0) { break; }
    }
    put(part);
    cell.append("… ");
    const more = make("button", "longline", "show all " + format(total) + " characters");
    more.type = "button";
    more.addEventListener("click", () => { cell.textContent = ""; put(pieces); });
    cell.append(more);
  }

  // Turns the lines of a block into rows of [before, after], each [sign, number, pieces].
  function pairs(b) {
    const out = [];
    let x = b.x || 0, y = b.y || 0, removed = [], added = [];
    const side = (sign, s) => [sign, sign === "-" ? x && x++ : y && y++, [[s, false]]];
    const flush = () => {
      for (let i = 0; i < Math.min(removed.length, added.length); i++) {
        const marks = intra(removed[i][2][0][0], added[i][2][0][0]);
        if (marks) { removed[i][2] = marks[0]; added[i][2] = marks[1]; }
      }
      out.push([removed, added]);
      removed = []; added = [];
    };
    b.l.forEach((line) => {
      const sign = line[0], s = line.slice(1);
      if (sign === "-") {
        if (added.length) { flush(); }
        removed.push(side("-", s));
      } else if (sign === "+") {
        added.push(side("+", s));
      } else {
        if (removed.length || added.length) { flush(); }
        out.push(sign === "@" ? s : [" ", x && x++, y && y++, [[s, false]]]);
      }
    });
    if (removed.length || added.length) { flush(); }
    return out;
  }

  function table(blocks, split, name) {
    const t = make("table", "diff"), body = make("tbody");
    t.setAttribute("aria-label", "Differences of " + name);
    const numbered = blocks.some((b) => b.x || b.y);
    const columns = split ? (numbered ? 6 : 4) : (numbered ? 4 : 2);
    const group = make("colgroup");
    (split ? (numbered ? ["num", "sign", "", "num", "sign", ""] : ["sign", "", "sign", ""]) : (numbered ? ["num", "num", "sign", ""] : ["sign", ""])).forEach((c) => { group.append(make("col", c)); });
    t.append(group);
    const number = (tr, n, cls) => { if (numbered) { tr.append(make("td", "num " + cls, n ? String(n) : "")); } };
    const cells = (tr, sign, pieces, cls) => {
      tr.append(make("td", "sign " + cls, sign === "-" ? "−" : sign));
      const c = make("td", "text " + cls);
      fill(c, pieces);
      tr.append(c);
    };
    const whole = (s) => {
      const tr = make("tr", "head"), td = make("td", "", s);
      td.colSpan = columns;
      tr.append(td);
      body.append(tr);
    };
    blocks.forEach((b) => {
      if (b.h) { whole(b.h); }
      pairs(b).forEach((p) => {
        if (typeof p === "string") { whole(p); return; }
        if (p.length === 4) { // an equal line
          const tr = make("tr");
          number(tr, p[1], "");
          if (!split) { number(tr, p[2], ""); }
          cells(tr, " ", p[3], "");
          if (split) { number(tr, p[2], "split"); cells(tr, " ", p[3], numbered ? "" : "split"); }
          body.append(tr);
          return;
        }
        const [removed, added] = p;
        if (!split) {
          removed.forEach((r) => { const tr = make("tr"); number(tr, r[1], "d"); number(tr, 0, "d"); cells(tr, "-", r[2], "d"); body.append(tr); });
          added.forEach((r) => { const tr = make("tr"); number(tr, 0, "a"); number(tr, r[1], "a"); cells(tr, "+", r[2], "a"); body.append(tr); });
          return;
        }
        for (let i = 0; i < Math.max(removed.length, added.length); i++) {
          const tr = make("tr"), r = removed[i], a = added[i];
          number(tr, r ? r[1] : 0, r ? "d" : "empty");
          cells(tr, r ? "-" : "", r ? r[2] : [], r ? "d" : "empty");
          number(tr, a ? a[1] : 0, (a ? "a" : "empty") + " split");
          cells(tr, a ? "+" : "", a ? a[2] : [], (a ? "a" : "empty") + (numbered ? "" : " split"));
          body.append(tr);
        }
      });
    });
    t.append(body);
    return t;
  }

  // Makes the elements of a change's differences.
  function render(r) {
    if (r.view === view) { return; }
    const body = r.el.querySelector(".body"), d = data(r);
    body.textContent = "";
    const made = make("ul", "made");
    if (d.f) {
      const li = make("li", "file"), name = make("bdi", "", d.f);
      if (d.a) { const a = outside(d.a); a.append(name); li.append(a); } else { li.append(name); }
      made.append(li);
    }
    (d.o || []).forEach((s) => {
      const li = make("li");
      li.innerHTML = s; // all texts in it are quoted already
      made.append(li);
    });
    const self = make("a", "self", "Link to this change"), li = make("li");
    self.href = "#" + new URLSearchParams({ change: r.el.dataset.key });
    li.append(self);
    made.append(li);
    body.append(made);
    r.view = view;
    budget = 3000000;
    d.g.forEach((g) => {
      (g.w || []).forEach((w) => {
        const m = /^(drift|conflict|adopted):/.exec(w), p = make("p", "why" + (m ? " " + m[1] : ""));
        if (m) { p.append(make("b", "", m[0]), w.slice(m[0].length)); } else { p.append(w); }
        body.append(p);
      });
      (g.f || []).forEach((f) => {
        const box = make("div", "field"), h = make("h3", "", f.n);
        if (f.d) { h.append(make("span", "dir " + f.d, f.d === "weaker" ? "▼ weaker" : "▲ stronger")); }
        if (f.o) { h.append(make("span", "old", "last deployed: " + f.o)); }
        box.append(h);
        // Only changed lines need two columns.
        const both = f.b.some((b) => b.l.some((l) => l[0] === "-")) && f.b.some((b) => b.l.some((l) => l[0] === "+"));
        box.append(table(f.b, view === "split" && both, f.n));
        body.append(box);
      });
    });
    if (d.m) { body.append(make("p", "why", d.m)); }
  }

  // The state of the filters is in the address, with names and not numbers.
  function optionOf(select, name) {
    return Array.from(select.options).find((o) => o.value !== "" && o.dataset.name === name);
  }
  let target = "";
  function write() {
    const p = new URLSearchParams();
    selects.forEach((s) => { if (s.value !== "") { p.set(s.dataset.facet, s.selectedOptions[0].dataset.name); } });
    if (find.value.trim()) { p.set("q", find.value.trim()); }
    if (view !== "inline") { p.set("view", view); }
    if (target) { p.set("change", target); }
    const hash = p.toString();
    if (hash !== location.hash.slice(1)) { history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search); }
  }
  function read() {
    const p = new URLSearchParams(location.hash.slice(1));
    selects.forEach((s) => {
      const o = optionOf(s, p.get(s.dataset.facet));
      s.value = o ? o.value : "";
    });
    find.value = p.get("q") || "";
    view = p.get("view") === "split" ? "split" : "inline";
    form.elements.view.value = view;
    target = p.get("change") || "";
    draw();
    const r = target && rows.find((x) => x.el.dataset.key === target);
    if (r) { show(r); }
  }
  function show(r) {
    all(list, ".target").forEach((e) => { e.classList.remove("target"); });
    r.el.hidden = false;
    r.el.classList.add("target");
    r.el.open = true;
    render(r);
    r.el.scrollIntoView({ block: "start" });
    r.el.querySelector("summary").focus({ preventScroll: true });
  }

  function draw() {
    const terms = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = selects.filter((s) => s.value !== "").map((s) => [s.dataset.facet, s.value]);
    let n = 0;
    rows.forEach((r) => {
      r.shown = chosen.every(([k, v]) => r.v[k].includes(v)) && terms.every((t) => text(r).includes(t));
      if (r.el.hidden === r.shown) { r.el.hidden = !r.shown; }
      if (r.shown) { n++; }
    });
    const filtered = chosen.length + terms.length > 0;
    by("f-count").textContent = (filtered ? format(n) + " of " : "") + format(rows.length) + (rows.length === 1 ? " change" : " changes");
    by("nothing").hidden = n > 0;
    by("f-reset").hidden = !filtered;
    selects.forEach((s) => { s.classList.toggle("on", s.value !== ""); });
    buttons.forEach((b) => {
      const s = selects.find((x) => x.dataset.facet === b.dataset.facet);
      b.setAttribute("aria-pressed", String(s.value !== "" && (b.dataset.value === s.value || b.dataset.name === s.selectedOptions[0].dataset.name)));
    });
    rows.forEach((r) => { if (r.shown && r.el.open) { render(r); } });
    label();
    mark(terms);
  }

  // Marks what was searched for, in the first changes that are shown.
  function mark(terms) {
    if (!window.CSS || !CSS.highlights) { return; }
    CSS.highlights.delete("found");
    if (!terms.length) { return; }
    const ranges = [];
    for (const r of rows) {
      if (!r.shown) { continue; }
      if (ranges.length > 2000) { break; }
      const walk = document.createTreeWalker(r.el.open ? r.el : r.el.querySelector("summary"), NodeFilter.SHOW_TEXT);
      for (let n; (n = walk.nextNode());) {
        const s = n.data.toLowerCase();
        if (s.length !== n.data.length) { continue; }
        terms.forEach((t) => {
          for (let i = s.indexOf(t); i >= 0 && ranges.length <= 2000; i = s.indexOf(t, i + t.length)) {
            const range = new Range();
            range.setStart(n, i);
            range.setEnd(n, i + t.length);
            ranges.push(range);
          }
        });
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  // Opens or closes all that are shown, a few at a time.
  let queue = [];
  const shown = () => rows.filter((r) => r.shown);
  function label() {
    const some = shown();
    openAll.textContent = some.length && some.every((r) => r.el.open) ? "Close all" : "Open all";
    openAll.disabled = !some.length;
  }
  function work() {
    const until = performance.now() + 12;
    while (queue.length && performance.now() < until) {
      const r = queue.shift();
      r.el.open = true;
      render(r);
    }
    if (queue.length) { setTimeout(work, 0); } else { label(); }
  }
  openAll.addEventListener("click", () => {
    const some = shown();
    if (some.every((r) => r.el.open) || queue.length) {
      queue = [];
      some.forEach((r) => { r.el.open = false; });
      label();
      return;
    }
    queue = some.filter((r) => !r.el.open);
    work();
  });
  list.addEventListener("toggle", (e) => {
    const r = rows.find((x) => x.el === e.target);
    if (!r) { return; }
    if (r.el.open) {
      render(r);
      if (find.value.trim()) { mark(find.value.toLowerCase().split(/\s+/).filter(Boolean)); }
    }
    if (!queue.length) { label(); }
  }, true);

  let wait = 0;
  find.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(() => { draw(); write(); }, 120);
  });
  selects.forEach((s) => { s.addEventListener("change", () => { target = ""; draw(); write(); }); });
  all(form, "input[name=view]").forEach((b) => {
    b.addEventListener("change", () => { view = form.elements.view.value; draw(); write(); });
  });
  form.addEventListener("submit", (e) => { e.preventDefault(); });
  form.addEventListener("reset", () => {
    setTimeout(() => {
      selects.forEach((s) => { s.value = ""; });
      find.value = "";
      form.elements.view.value = view;
      target = "";
      draw();
      write();
    }, 0);
  });
  buttons.forEach((b) => {
    b.addEventListener("click", () => {
      const s = selects.find((x) => x.dataset.facet === b.dataset.facet);
      const o = b.dataset.name ? optionOf(s, b.dataset.name) : { value: b.dataset.value };
      s.value = s.value === o.value ? "" : o.value;
      target = "";
      draw();
      write();
    });
  });
  all(document, ".more").forEach((b) => {
    b.addEventListener("click", () => {
      const open = b.previousElementSibling.classList.toggle("all");
      b.setAttribute("aria-expanded", String(open));
      b.textContent = open ? "Show fewer" : "Show all " + format(b.previousElementSibling.children.length);
    });
  });
  document.addEventListener("click", (e) => {
    const a = e.target.closest("a[data-open], a.self");
    if (!a) { return; }
    e.preventDefault();
    const r = a.dataset.open ? rows[Number(a.dataset.open)] : rows.find((x) => x.el.contains(a));
    target = r.el.dataset.key;
    write();
    show(r);
  });
  window.addEventListener("hashchange", read);

  // On paper, a short list is complete.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    const some = shown();
    if (some.length > 100) { return; }
    opened = some.filter((r) => !r.el.open);
    opened.forEach((r) => { r.el.open = true; render(r); });
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((r) => { r.el.open = false; });
    opened = [];
  });
  new IntersectionObserver(([e]) => { form.classList.toggle("stuck", e.boundingClientRect.top < 0); }, { threshold: 1, rootMargin: "-1px 0px 0px 0px" }).observe(form);
  read();
})();
