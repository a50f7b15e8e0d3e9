(function () {
  "use strict";
  const by = (id) => document.getElementById(id);
  const all = (root, what) => Array.from(root.querySelectorAll(what));
  const log = by("f-log"), show = by("f-show"), view = by("f-view"), find = by("f-text"), only = by("f-on");
  const form = document.querySelector(".controls"), matrix = by("matrix");
  const format = (n) => n.toLocaleString("en");

  // Read the page once; the filters only use this data.
  const detections = JSON.parse(by("data").textContent);
  const tactics = all(document, ".tactic").map((el) => ({
    count: el.querySelector(".of b"), of: el.querySelector(".of"), meter: el.querySelector("meter"), none: el.querySelector(".noneshown"),
    cells: all(el, ".cell").map((c) => ({
      el: c, id: c.dataset.c, size: Number(c.dataset.s), step: c.dataset.step || "", mark: c.querySelector(".step"), n: c.querySelector(".n"), subs: c.querySelector(".subs"),
      text: c.textContent.toLowerCase(),
      groups: all(c, ".group").map((g) => ({
        el: g, id: g.dataset.t,
        items: all(g, "li[data-d]").map((li) => ({ el: li, d: Number(li.dataset.d) }))
      }))
    }))
  }));

  function level(on, off) {
    return on >= 8 ? "4" : on >= 4 ? "3" : on >= 2 ? "2" : on === 1 ? "1" : off > 0 ? "off" : "0";
  }
  // lets reports whether the filter lets a detection through.
  function lets(d) {
    return (log.value === "" || d.l.includes(Number(log.value))) && (d.e || !only.checked);
  }

  function draw() {
    const covered = new Set(), ids = new Set(), subs = new Set(), mapped = new Set();
    const words = find.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let size = 0;
    const visible = new Set();
    tactics.forEach((t) => {
      let n = 0, of = 0, seen = 0;
      t.cells.forEach((c) => {
        const found = words.every((w) => c.text.includes(w));
        const on = new Set(), off = new Set(), mine = new Set();
        let withItems = 0;
        c.groups.forEach((g) => {
          let some = 0;
          g.items.forEach((i) => {
            const d = detections[i.d], pass = lets(d);
            i.el.hidden = !pass;
            if (!pass) { return; }
            some++;
            (d.e ? on : off).add(i.d);
            if (d.e && g.id !== c.id) { mine.add(g.id); }
          });
          if (g.items.length) { g.el.classList.toggle("empty", some === 0); }
          if (some && g.id !== c.id) { withItems++; }
        });
        c.el.className = "cell l" + level(on.size, off.size);
        if (c.n) {
          c.n.textContent = on.size ? String(on.size) : off.size ? off.size + " off" : "";
          if (on.size) {
            const hidden = document.createElement("span");
            hidden.className = "vh";
            hidden.textContent = " enabled";
            c.n.append(hidden);
          }
        }
        if (c.subs) {
          c.subs.hidden = withItems === 0;
          c.subs.textContent = withItems + c.subs.textContent.slice(c.subs.textContent.indexOf("/"));
        }
        if (c.mark) { // what is new by detections that the filter hides is not new
          const is = c.step === "lost" || on.size > 0;
          c.mark.hidden = !is;
          c.el.dataset.step = is ? c.step : "";
        }
        const kind = show.value === "gaps" ? on.size === 0 : show.value === "covered" ? on.size > 0 : show.value === "changed" ? c.step !== "" : true;
        c.el.hidden = !kind || !found;
        if (!found) { return; }
        of++;
        if (!ids.has(c.id)) { ids.add(c.id); size += c.size; }
        if (on.size) { n++; covered.add(c.id); }
        on.forEach((d) => mapped.add(d));
        off.forEach((d) => mapped.add(d));
        mine.forEach((s) => subs.add(s));
        if (kind) { seen++; visible.add(c.id); }
      });
      t.count.textContent = n;
      t.of.lastChild.data = " of " + of;
      t.meter.max = of || 1;
      t.meter.value = n;
      t.none.hidden = seen > 0;
    });
    const shown = visible.size;
    const put = (id, n) => { by(id).textContent = format(n); };
    put("s-tech", covered.size); put("o-tech", ids.size);
    put("s-sub", subs.size); put("o-sub", size);
    [["m-tech", covered.size, ids.size], ["m-sub", subs.size, size]].forEach(([id, n, of]) => { by(id).max = of || 1; by(id).value = n; });
    let on = 0, off = 0, total = 0, enabled = 0, none = 0;
    detections.forEach((d, i) => {
      if (d.m && mapped.has(i)) { if (d.e) { on++; } else { off++; } }
      if (!lets(d) || words.length && !mapped.has(i) && !words.every((w) => d.t.includes(w))) { return; }
      total++;
      if (d.e) { enabled++; }
      if (!d.m) { none++; }
    });
    put("s-on", on); put("s-off", off); put("s-all", total); put("s-allon", enabled); put("s-none", none);
    const filtered = words.length > 0 || log.value !== "" || only.checked || show.value !== "";
    const parts = [];
    if (log.value !== "") { parts.push("log type " + log.selectedOptions[0].dataset.name); }
    if (show.value !== "") { parts.push(show.selectedOptions[0].textContent.toLowerCase()); }
    if (words.length) { parts.push("“" + find.value.trim() + "”"); }
    if (only.checked) { parts.push("enabled only"); }
    by("f-count").textContent = filtered ? format(shown) + (shown === 1 ? " technique shown: " : " techniques shown: ") + parts.join(", ") : "";
    by("nothing").hidden = shown > 0;
    matrix.hidden = shown === 0;
    matrix.classList.toggle("compact", view.value === "compact");
    by("f-reset").hidden = !filtered && view.value === "";
  }

  // The state of the filters is in the address, with names and not numbers.
  function optionOf(select, name) {
    return Array.from(select.options).find((o) => o.value !== "" && (o.dataset.name || o.value) === name);
  }
  const selects = [["log", log], ["show", show], ["view", view]];
  function write() {
    const p = new URLSearchParams();
    selects.forEach(([key, s]) => { if (s.value !== "") { p.set(key, s.selectedOptions[0].dataset.name || s.value); } });
    if (find.value.trim()) { p.set("q", find.value.trim()); }
    if (only.checked) { p.set("enabled", "1"); }
    const hash = p.toString();
    if (hash !== location.hash.slice(1)) { history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search); }
  }
  function read() {
    const p = new URLSearchParams(location.hash.slice(1));
    selects.forEach(([key, s]) => {
      const o = optionOf(s, p.get(key));
      s.value = o ? o.value : "";
    });
    find.value = p.get("q") || "";
    only.checked = p.get("enabled") === "1";
    draw();
  }
  const change = () => { draw(); write(); };

  form.addEventListener("input", change);
  form.addEventListener("submit", (e) => { e.preventDefault(); });
  form.addEventListener("reset", () => {
    setTimeout(() => {
      selects.forEach(([, s]) => { s.value = ""; });
      find.value = "";
      only.checked = false;
      change();
    }, 0);
  });
  all(document, "[data-log]").forEach((b) => {
    b.addEventListener("click", () => {
      log.value = b.dataset.log;
      change();
      matrix.scrollIntoView({ block: "center" });
      log.focus({ preventScroll: true });
    });
  });
  window.addEventListener("hashchange", read);
  read();
})();
