"use strict";
const zone = document.getElementById("zone");
const filter = document.getElementById("filter");
const found = document.getElementById("found");
const rows = [...document.getElementById("rows").rows];
const links = [...document.querySelectorAll("main > table tbody")].flatMap((b) => [...b.rows]).map((r) => r.cells[0].firstElementChild);

const two = (n) => String(n).padStart(2, "0");
for (const row of rows) {
  const time = row.cells[2].firstElementChild;
  if (!time) continue;
  const t = new Date(time.dateTime);
  const year = String(t.getFullYear()).padStart(4, "0");
  time.textContent = `${year}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}`;
}
zone.remove();
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
document.getElementById("rows").addEventListener("mouseover", (e) => {
  const time = e.target.closest("time");
  if (time) time.title = full.format(new Date(time.dateTime));
});

const fold = (s) => s.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
let names;
function narrow() {
  names ??= rows.map((r) => fold(r.cells[0].firstElementChild.textContent));
  const words = fold(filter.value).split(/\s+/);
  let n = 0;
  rows.forEach((row, i) => {
    row.hidden = !words.every((w) => names[i].includes(w));
    if (!row.hidden) n++;
  });
  found.textContent = filter.value.trim() ? `${n.toLocaleString("en")} of ${rows.length.toLocaleString("en")} match` : "";
}

if (rows.length > 1) {
  filter.hidden = false;
  filter.addEventListener("input", narrow);
}
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.shiftKey && e.key !== "/" || e.isComposing) return;
  const at = document.activeElement;
  if (e.key === "/" && at !== filter && !filter.hidden) {
    filter.focus();
    filter.select();
  } else if (e.key === "Escape" && filter.value) {
    filter.value = "";
    narrow();
  } else if (e.key === "Enter" && at === filter) {
    rows.find((r) => !r.hidden)?.cells[0].firstElementChild.click();
  } else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    const i = links.indexOf(at);
    if (i < 0 && at !== filter && at !== document.body) return;
    const step = e.key === "ArrowDown" ? 1 : -1;
    let to = i < 0 && at === document.body && step < 0 ? links.length : i + step;
    if (at === filter) to = step > 0 ? links.length - rows.length : -1;
    while (links[to]?.closest("tr").hidden) to += step;
    if (links[to]) links[to].focus();
    else if (to < 0 && !filter.hidden) filter.focus();
    else return;
  } else return;
  e.preventDefault();
});
