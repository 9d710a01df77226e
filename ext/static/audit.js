// Sort and filter the audit's list of all posts; the address carries the state, so that a view can be sent on.
// Without this script the page is the same tables, unsorted.
import DataTable from "./dt_bundle.js";

/** Columns whose order is that of the filter's choices, not of the alphabet. */
const RANKED = ["grade", "importance", "met", "review"];
const TEXTS = ["post", "topic", "status", "date"];
/** Flags that the rows do not carry, because they are the opposites of others. */
const OPPOSITES = { built: "unbuilt", formulas: "no_formulas", blocks: "no_blocks", layers: "no_layers" };
/** What sorts below every number: nothing to measure, and unknown. */
const NOTHING = -1, UNKNOWN = -2;

const table = document.querySelector(".audit-table");
const form = document.querySelector(".audit-filters");
if (table && form) start(table, form);

/** The number that a cell shows; "<1 %" is more than nothing. */
function number(text) {
  if (text === "?") return UNKNOWN;
  const value = text.startsWith("<") ? 0.5 : parseFloat(text.replaceAll(",", ""));
  return Number.isNaN(value) ? NOTHING : value;
}

function start(table, form) {
  const output = form.querySelector("output");
  const more = form.querySelector(".audit-more");
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.name);
  const ranks = Object.fromEntries(RANKED.map((name) => [name, [...form.elements[name].options].map((o) => o.value)]));
  for (const row of table.tBodies[0].rows) {
    names.forEach((name, at) => {
      const cell = row.cells[at];
      if (RANKED.includes(name)) cell.dataset.order = (ranks[name].indexOf(row.dataset[name] ?? "-") + 99) % 99;
      else if (!TEXTS.includes(name)) cell.dataset.order = number(cell.textContent.trim());
    });
    row.dataset.coverage = row.cells[names.indexOf("coverage")].dataset.order;
    row.dataset.formulas = row.cells[names.indexOf("formulas")].dataset.order;
  }
  const rows = new DataTable(table, {
    paging: false,
    info: false,
    autoWidth: false,
    order: [],
    columnDefs: names.map((name, at) => ({ name, targets: at })),
    layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null },
    language: { zeroRecords: table.dataset.none, emptyTable: table.dataset.none },
  });
  let wanted = {};
  rows.search.fixed("filters", (text, data, index) => matches(rows.row(index).node()));
  read();
  rows.on("order", write);
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { apply(); write(); });
  form.addEventListener("reset", () => setTimeout(() => { rows.order([]); apply(); write(); }));
  window.addEventListener("popstate", read);
  // Tiles, bars and counts are links to a filtered view: show it without loading the page anew.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='?'], a.tile");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.getAttribute("href").startsWith("#") ? location.pathname + link.hash : link.href);
    read();
    document.getElementById(link.hash.slice(1))?.scrollIntoView();
  });

  function matches(row) {
    const data = row.dataset;
    const is = (name) => !wanted[name] || (data[name] ?? "-") === wanted[name];
    return (!wanted.q || row.cells[0].textContent.toLowerCase().includes(wanted.q.trim().toLowerCase()))
      && ["topic", "series", "status", "grade", "importance", "review"].every(is)
      && (wanted.met === "open" ? ["no", "unknown"].includes(data.met) : is("met"))
      && (!wanted.flag || flagged(data)) && (!wanted.batch || (data.batch || "").split(" ").includes(wanted.batch))
      && judged(data.verdicts || "")
      && ["coverage", "kb", "formulas"].every((name) => within(data[name], wanted[name]));
  }

  function flagged(data) {
    const flags = (data.flags || "").split(" ");
    const opposite = OPPOSITES[wanted.flag];
    // Of a post that is not built nothing was measured, so it has neither of two opposites.
    return opposite ? !flags.includes(opposite) && !flags.includes("unbuilt") : flags.includes(wanted.flag);
  }

  /** Whether the chosen criterion, or any, has the chosen verdict; one letter stands for each criterion. */
  function judged(verdicts) {
    const letter = (wanted.verdict || "")[0];
    if (!wanted.criterion) return !letter || verdicts.includes(letter);
    const own = verdicts[form.elements.criterion.selectedOptions[0].dataset.place];
    return letter ? own === letter : own !== undefined && own !== "-";
  }

  function within(value, range) {
    const found = /^([\d.]*)\.\.([\d.]*)$/.exec((range || "").trim());
    return !found || (value !== undefined && Number(value) >= Number(found[1] || 0)
      && (found[2] === "" || Number(value) < Number(found[2])));
  }

  function apply() {
    wanted = Object.fromEntries(new FormData(form));
    rows.draw();
    output.textContent = output.dataset.template
      .replace("{n}", rows.rows({ search: "applied" }).count()).replace("{of}", rows.rows().count());
  }

  function read() {
    const query = new URLSearchParams(location.search);
    for (const field of form.elements) if (field.name) field.value = query.get(field.name) ?? "";
    if ([...more.querySelectorAll("[name]")].some((field) => field.value)) more.open = true;
    const [column, direction] = (query.get("sort") || "").split(":");
    const at = names.indexOf(column);
    rows.order(at < 0 ? [] : [[at, direction === "desc" ? "desc" : "asc"]]);
    apply();
  }

  function write() {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const [first] = rows.order();
    if (first && first[1]) query.set("sort", `${names[first[0]]}:${first[1]}`);
    const text = query.toString();
    history.replaceState(null, "", location.pathname + (text ? `?${text}` : "") + location.hash);
  }
}
