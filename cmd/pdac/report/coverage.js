(function () {
  "use strict";
  var by = function (id) { return document.getElementById(id); };
  var all = function (root, what) { return Array.prototype.slice.call(root.querySelectorAll(what)); };
  var log = by("f-log"), find = by("f-text"), only = by("f-on"), covered = by("f-covered");
  var form = document.querySelector(".controls");

  // Read the page once; the filters only use this data.
  var tactics = all(document, ".tactic").map(function (el) {
    return {
      count: el.querySelector(".of b"), meter: el.querySelector("meter"),
      cells: all(el, ".cell").map(function (c) {
        return {
          el: c, id: c.dataset.c, n: c.querySelector(".n"), subs: c.querySelector(".subs"),
          text: c.textContent.toLowerCase(),
          groups: all(c, ".group").map(function (g) {
            return {
              el: g, id: g.dataset.t,
              items: all(g, "li[data-d]").map(function (li) {
                return { el: li, d: li.dataset.d, on: li.dataset.e === "1", logs: li.dataset.l.split(" ") };
              })
            };
          })
        };
      })
    };
  });

  function level(on, off) {
    return on >= 8 ? "4" : on >= 4 ? "3" : on >= 2 ? "2" : on === 1 ? "1" : off > 0 ? "off" : "0";
  }

  function draw() {
    var techniques = new Set(), subs = new Set(), allOn = new Set(), allOff = new Set();
    var words = find.value.trim().toLowerCase();
    tactics.forEach(function (t) {
      var n = 0;
      t.cells.forEach(function (c) {
        var on = new Set(), off = new Set(), withItems = 0;
        c.groups.forEach(function (g) {
          var shown = 0;
          g.items.forEach(function (i) {
            var show = (!log.value || i.logs.indexOf(log.value) >= 0) && (i.on || !only.checked);
            i.el.hidden = !show;
            if (!show) { return; }
            shown++;
            (i.on ? on : off).add(i.d);
            (i.on ? allOn : allOff).add(i.d);
            if (i.on && g.id !== c.id) { subs.add(g.id); }
          });
          if (g.items.length) { g.el.classList.toggle("empty", shown === 0); }
          if (shown && g.id !== c.id) { withItems++; }
        });
        c.el.className = "cell l" + level(on.size, off.size);
        if (c.n) {
          c.n.innerHTML = "";
          c.n.append(on.size ? String(on.size) : off.size ? off.size + " off" : "");
          if (on.size) {
            var hidden = document.createElement("span");
            hidden.className = "vh";
            hidden.textContent = " enabled";
            c.n.append(hidden);
          }
        }
        if (c.subs) {
          c.subs.hidden = withItems === 0;
          c.subs.textContent = withItems + c.subs.textContent.slice(c.subs.textContent.indexOf("/"));
        }
        c.el.hidden = covered.checked && on.size + off.size === 0;
        c.el.classList.toggle("dim", words !== "" && c.text.indexOf(words) < 0);
        if (on.size) { n++; techniques.add(c.id); }
      });
      t.count.textContent = n;
      t.meter.value = n;
    });
    by("s-tech").textContent = techniques.size;
    by("m-tech").value = techniques.size;
    by("s-sub").textContent = subs.size;
    by("m-sub").value = subs.size;
    by("s-on").textContent = allOn.size.toLocaleString("en");
    by("s-off").textContent = allOff.size.toLocaleString("en");
  }

  form.addEventListener("input", draw);
  form.addEventListener("submit", function (e) { e.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(draw, 0); });
  all(document, "[data-log]").forEach(function (b) {
    b.addEventListener("click", function () {
      log.value = b.dataset.log;
      draw();
      by("matrix").scrollIntoView({ block: "center" });
      log.focus({ preventScroll: true });
    });
  });
  draw();
})();
