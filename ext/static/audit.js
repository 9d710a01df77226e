// Sort and filter the audit's list of all posts; the address carries the state, so that a view can be sent on.
// Without this script the page is the same tables, unsorted.
import DataTable from "./dt_bundle.js";

const table = document.querySelector(".audit-table");
const form = document.querySelector(".audit-filters");
if (table && form) start(table, form);

function start(table, form) {
  const output = form.querySelector("output");
  const rows = new DataTable(table, {
    paging: false,
    info: false,
    autoWidth: false,
    order: [],
    layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null },
    language: { zeroRecords: table.dataset.none, emptyTable: table.dataset.none },
  });
  rows.search.fixed("filters", (text, data, index) => matches(rows.row(index).node()));
  read();
  rows.on("order", write);
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { apply(); write(); });
  form.addEventListener("reset", () => setTimeout(() => { rows.order([]); apply(); write(); }));
  window.addEventListener("popstate", read);
  // The tiles, bars and topics are links to a filtered view: show it without loading the page anew.
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
    const wanted = Object.fromEntries(new FormData(form));
    const flags = (data.flags || "").split(" ");
    return (!wanted.q || row.cells[0].textContent.toLowerCase().includes(wanted.q.trim().toLowerCase()))
      && (!wanted.topic || data.topic === wanted.topic)
      && (!wanted.status || data.status === wanted.status)
      && (!wanted.flag || flags.includes(wanted.flag))
      && within(Number(data.kb), wanted.kb) && within(Number(data.formulas), wanted.formulas);
  }

  function within(value, range) {
    const found = /^([\d.]*)\.\.([\d.]*)$/.exec((range || "").trim());
    return !found || (value >= Number(found[1] || 0) && (found[2] === "" || value < Number(found[2])));
  }

  function apply() {
    rows.draw();
    output.textContent = output.dataset.template
      .replace("{n}", rows.rows({ search: "applied" }).count()).replace("{of}", rows.rows().count());
  }

  function read() {
    const query = new URLSearchParams(location.search);
    for (const field of form.elements) if (field.name) field.value = query.get(field.name) ?? "";
    const [column, direction] = (query.get("sort") || "").split(":");
    rows.order(column ? [[Number(column), direction === "asc" ? "asc" : "desc"]] : []);
    apply();
  }

  function write() {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const [first] = rows.order();
    if (first && first[1]) query.set("sort", `${first[0]}:${first[1]}`);
    const text = query.toString();
    history.replaceState(null, "", location.pathname + (text ? `?${text}` : "") + location.hash);
  }
}
