"use strict";
// The page is whole without this script: it sorts and filters tables, hides samples, enlarges figures.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// Tables: a click on a heading sorts; longer tables have a field that filters rows.
const SHORT = 8;

function valueOf(row, column) {
  const cell = row.cells[column];
  const text = cell.textContent.trim();
  const number = Number(cell.dataset.value ?? (text || NaN));
  return Number.isNaN(number) ? text : number;
}

function compare(a, b, sign) {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1; // what is no number comes last
  return sign * (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
}

function sort(table, heading, column) {
  const ascending = heading.ariaSort !== "ascending";
  const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row, column), row]);
  rows.sort(([a], [b]) => compare(a, b, ascending ? 1 : -1));
  table.tBodies[0].append(...rows.map(([, row]) => row));
  for (const other of heading.parentElement.cells) other.ariaSort = null;
  heading.ariaSort = ascending ? "ascending" : "descending";
}

function addFilter(table) {
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "filter rows";
  field.setAttribute("aria-label", `Filter the rows of ${table.caption?.textContent ?? "this table"}`);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.classList.toggle("filtered", !words.every((word) => text.includes(word)));
    }
  });
  table.closest(".box").before(field);
}

for (const table of all("table.sortable")) {
  const headings = [...table.tHead.rows].at(-1).cells;
  [...headings].forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(table, heading, column));
    heading.append(button);
  });
  if (table.tBodies[0].rows.length > SHORT) addFilter(table);
}

// Samples: a row goes with any of its samples, a figure or a list with all that may be chosen.
const boxes = all("#samples input");

function choose() {
  const shown = new Map(boxes.map((box) => [box.value, box.checked]));
  for (const element of all("[data-samples]")) {
    const names = element.dataset.samples.split(" ").filter((name) => shown.has(name));
    const gone = (name) => !shown.get(name);
    element.hidden = names.length > 0 && (element.matches("tr") ? names.some(gone) : names.every(gone));
  }
}

for (const box of boxes) box.addEventListener("change", choose);

// Colours, and the form that all of this needs the script for.
document.getElementById("colours").addEventListener("change", (event) => {
  document.documentElement.style.colorScheme = event.target.value;
});
document.getElementById("settings").hidden = false;

// Figures: enlarged by a click or the Enter key, closed by Escape; arrow keys go on.
const dialog = document.getElementById("enlarged");
let current = null;

function enlarge(button) {
  current = button;
  const image = button.querySelector("img");
  Object.assign(dialog.querySelector("img"), { src: image.src, alt: image.alt });
  dialog.querySelector("p").textContent = button.getAttribute("aria-label").replace("Enlarge: ", "");
  if (!dialog.open) dialog.showModal();
}

for (const button of all(".enlarge")) button.addEventListener("click", () => enlarge(button));
dialog.addEventListener("click", (event) => event.target.closest("form") || dialog.close());
dialog.addEventListener("close", () => current.focus());
dialog.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const known = all(".enlarge").filter((button) => button.checkVisibility());
  enlarge(known.at((known.indexOf(current) + step) % known.length));
});

// Contents: the section in view is marked.
const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
const sections = all("section[id]").filter((section) => links.has(section.id));

function mark() {
  const seen = sections.filter((section) => section.getBoundingClientRect().top < innerHeight / 3).at(-1);
  for (const [id, link] of links) link.toggleAttribute("aria-current", id === seen?.id);
}

addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
mark();

// On paper everything is open.
let closed = [];
addEventListener("beforeprint", () => {
  closed = all("details:not([open])");
  for (const one of closed) one.open = true;
});
addEventListener("afterprint", () => closed.forEach((one) => (one.open = false)));
// A link into closed details opens them.
addEventListener("hashchange", () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.matches("details")) target.open = true;
});
