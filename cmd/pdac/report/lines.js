"use strict";
(() => {
  const find = document.getElementById("find"), gaps = document.getElementById("gaps"), shown = document.getElementById("shown");
  const files = [...document.querySelectorAll(".file")];
  const show = () => {
    const text = find.value.toLowerCase();
    let n = 0;
    for (const f of files) {
      f.hidden = (gaps.checked && f.dataset.full === "1") || !f.dataset.path.toLowerCase().includes(text);
      n += f.hidden ? 0 : 1;
    }
    shown.textContent = `${n} of ${files.length} files`;
  };
  find.addEventListener("input", show);
  gaps.addEventListener("change", show);
  document.querySelector("form").addEventListener("submit", (e) => e.preventDefault());
  show();
})();
