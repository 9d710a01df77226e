// Sort, filter and widen the audit's list of posts; the address carries the state, so that a view can be sent on.
// The page comes with its first rows; the file with all of them is read when somebody asks for others. It is a script
// and not JSON, so that the page also works when it is opened as a file. Without this script the page links to the
// whole list as a plain page.
(() => {
  const form = document.querySelector(".audit-filters");
  const table = document.querySelector(".audit-table");
  if (form && table) list(form, table);
  for (const order of document.querySelectorAll(".queue-order")) reorder(order);

  /** Choose by which reason the posts of each group of the queue are ordered. */
  function reorder(order) {
    order.hidden = false;
    order.addEventListener("input", () => {
      const by = order.elements.by.value;
      for (const queue of document.querySelectorAll(".queue")) {
        const rank = (item) => Number(item.dataset[by]);
        const items = [...queue.children].sort((one, other) => rank(one) - rank(other));
        for (const item of items) item.hidden = rank(item) >= Number(queue.dataset.first);
        queue.append(...items);
      }
    });
  }

  function list(form, table) {
    const STATES = { formulas: "no_formulas", blocks: "no_blocks", layers: "no_layers", built: "unbuilt" };
    const DIRECT = ["topic", "series", "status", "grade", "importance", "review", "stage", "step", "claim"];
    const output = document.querySelector(".shown output");
    const next = document.querySelector(".audit-next");
    const boxes = [...form.querySelectorAll("[name=cols]")];
    const first = boxes.filter((box) => "first" in box.dataset).map((box) => box.value);
    const root = document.documentElement.dataset.content_root.replace(/^\.\//, "");
    const language = document.documentElement.lang;
    /** Rows set at once: as many as the page comes with. */
    const STEP = 100;
    const grouped = new Intl.NumberFormat("en");
    const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    let posts, found, shown = table.tBodies[0].rows.length;

    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => { write(); apply(); });
    form.addEventListener("reset", () => setTimeout(() => { write(); apply(); }));
    window.addEventListener("popstate", read);
    next.addEventListener("click", () => ready(more));
    table.tHead.addEventListener("click", (event) => {
      const name = event.target.closest?.("button")?.parentNode.dataset.name;
      if (!name) return;
      const [column, direction] = form.elements.sort.value.split(":");
      const turned = { asc: "desc", desc: "asc" };
      choose(`${name}:${column === name ? turned[direction] : name === "title" ? "asc" : "desc"}`);
      write();
      apply();
    });
    // Counts, bars and the strip are links to a filtered view: show it without loading the page anew.
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href^='?'], a.tile");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.pushState(null, "", link.getAttribute("href").startsWith("#") ? location.pathname + link.hash : link.href);
      read();
      document.getElementById(link.hash.slice(1))?.scrollIntoView();
    });
    head();
    if (location.search) read();
    else remaining(Number(output.dataset.of));

    /** Call *then* when the file with all rows is there, and the one with the rest of the columns if one is asked for. */
    function ready(then) {
      const names = [...chosen(), form.elements.sort.value.split(":")[0]];
      const asked = [!posts && "file", posts && names.some((name) => name in posts.columns && !(name in posts.rows)) && "more"];
      const name = asked.find(Boolean);
      if (!name) return then();
      const script = document.createElement("script");
      script.src = form.dataset[name];
      script.onload = () => {
        posts ??= self.zhushuPosts;
        if (name === "more") Object.assign(posts.rows, self.zhushuMore);
        ready(then);
      };
      script.onerror = () => { output.textContent = output.dataset.failed; };
      document.head.append(script);
    }

    function choose(value) {
      const select = form.elements.sort;
      if (![...select.options].some((option) => option.value === value)) select.add(new Option(value, value));
      select.value = value;
    }

    function read() {
      const query = new URLSearchParams(location.search);
      for (const field of form.elements) if (field.name && field.name !== "cols") {
        if (field.name === "sort") choose(query.get("sort") ?? "");
        else field.value = query.get(field.name) ?? "";
      }
      const columns = query.get("cols")?.split(" ") ?? first;
      for (const box of boxes) box.checked = columns.includes(box.value);
      const rest = form.querySelector(".audit-more");
      if ([...rest.querySelectorAll("[name]")].some((field) => field.value)) rest.open = true;
      apply();
    }

    function write() {
      const query = new URLSearchParams([...new FormData(form)].filter(([name, value]) => value && name !== "cols"));
      const columns = chosen().join(" ");
      if (columns !== first.join(" ")) query.set("cols", columns);
      const text = query.toString();
      history.replaceState(null, "", location.pathname + (text ? `?${text}` : "") + location.hash);
    }

    function chosen() {
      return boxes.filter((box) => box.checked).map((box) => box.value);
    }

    function apply() {
      ready(() => {
        const wanted = Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "cols"));
        found = posts.rows.post.map((_, at) => at).filter((at) => matches(at, wanted));
        const [column, direction] = (wanted.sort ?? "").split(":");
        const order = posts.orders[column];
        const key = direction && column in sortable() ? sorting(column) : (at) => order?.[at] ?? at;
        const sign = direction === "desc" ? -1 : 1;
        found.sort((one, other) => sign * compare(key(one), key(other)) || one - other);
        shown = 0;
        table.tBodies[0].textContent = "";
        head(column, direction);
        more();
        table.classList.toggle("chosen", chosen().join(" ") !== first.join(" "));
      });
    }

    function more() {
      found ??= posts.rows.post.map((_, at) => at);  // as the page came
      const columns = chosen();
      const rows = found.slice(shown, shown + STEP).map((at) => row(at, columns));
      shown += rows.length;
      table.tBodies[0].append(...rows);
      output.textContent = output.dataset.template
        .replace("{n}", grouped.format(found.length)).replace("{of}", grouped.format(posts.rows.post.length));
      remaining(found.length);
    }

    function remaining(of) {
      next.hidden = shown >= of;
      const button = next.querySelector("button");
      button.textContent = button.dataset.template.replace("{n}", grouped.format(Math.min(STEP, of - shown)));
    }

    function matches(at, wanted) {
      const { rows } = posts;
      const is = (name) => !wanted[name] || (rows[name][at] || "-") === wanted[name];
      return (!wanted.q || rows.post[at][0].toLowerCase().includes(wanted.q.trim().toLowerCase()))
        && DIRECT.every(is)
        && (wanted.met === "open" ? ["no", "unknown"].includes(rows.met[at]) : is("met"))
        && (!wanted.do || rows.todo[at].split(" ").some((one) => one.startsWith(`${wanted.do}:`)))
        && (!wanted.flag || flagged(rows.flags[at].split(" "), wanted.flag))
        && (!wanted.batch || rows.batch[at].split(" ").includes(wanted.batch))
        && judged(rows.verdicts[at], wanted)
        && within(percent(at), wanted.coverage) && within(rows.kb[at], wanted.kb) && within(rows.formulas[at], wanted.formulas);
    }

    function flagged(flags, flag) {
      // Of a post that is not built nothing was measured, so it has neither of two opposites.
      return flag in STATES ? !flags.includes(STATES[flag]) && !flags.includes("unbuilt") : flags.includes(flag);
    }

    /** Whether the chosen criterion, or any, has the chosen verdict; one letter stands for each criterion. */
    function judged(verdicts, wanted) {
      const letter = (wanted.verdict || "")[0];
      if (!wanted.criterion) return !letter || verdicts.includes(letter);
      const own = verdicts[posts.criteria.indexOf(wanted.criterion)];
      return letter ? own === letter : own !== undefined && own !== "-";
    }

    function within(value, range) {
      const edges = /^([\d.]*)\.\.([\d.]*)$/.exec((range || "").trim());
      return !edges || (typeof value === "number" && value >= Number(edges[1] || 0) && (edges[2] === "" || value < Number(edges[2])));
    }

    function total(at) {
      return posts.covers.reduce((sum, state) => sum + (posts.rows[state][at] || 0), 0);
    }

    function percent(at) {
      return total(at) ? 100 * posts.rows.coverage[at] / total(at) : undefined;
    }

    function sortable() {
      return { title: true, ...posts.columns };
    }

    /** What a column sorts by; nothing and unknown come below every number. */
    function sorting(column) {
      if (column === "title") return (at) => posts.rows.post[at][0];
      const values = posts.rows[column];
      const form = posts.columns[column]?.form;
      if (form === "cover") return (at) => percent(at) ?? (values[at] === null ? -2 : -1);
      if (form === "number" || form === "bar") return (at) => typeof values[at] === "number" ? values[at] : values[at] === null ? -2 : -1;
      if (form === "todo") {
        const names = Object.keys(posts.words.todo);
        return (at) => values[at].split(" ").reduce((sum, one) => sum + (one ? (Number(one.split(":")[1]) || 0) / 1e4 + 2 ** (names.length - names.indexOf(one.split(":")[0])) : 0), 0);
      }
      if (form === "word") {
        const names = Object.keys(posts.words[column]);
        return (at) => (names.indexOf(values[at]) + names.length + 1) % (names.length + 1);
      }
      return (at) => values[at];
    }

    function compare(one, other) {
      return typeof one === "string" ? one.localeCompare(other, language) : one - other;
    }

    // --- setting: the same cells as ext/templates/audit/list.html, which sets the first rows

    function make(name, attributes, ...children) {
      const node = document.createElement(name);
      for (const [key, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(key, value);
      node.append(...children);
      return node;
    }

    function head(column, direction) {
      const cells = [...table.tHead.rows[0].cells];
      if (posts) {
        const numeric = (name) => ["number", "bar"].includes(posts.columns[name].form) ? " num" : "";
        while (cells.length > 1) cells.pop().remove();
        for (const name of chosen()) cells.push(table.tHead.rows[0].appendChild(
          make("th", { scope: "col", "data-name": name, class: `c-${name}${numeric(name)}` }, posts.columns[name].label)));
      }
      for (const cell of cells) {
        const button = cell.querySelector("button") ?? make("button", { type: "button" }, cell.textContent);
        cell.replaceChildren(button);
        const own = cell.dataset.name === column && direction;
        if (own) cell.setAttribute("aria-sort", direction === "desc" ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      }
    }

    function row(at, columns) {
      const { rows } = posts;
      const built = at < posts.built;
      const [name, address] = rows.post[at];
      const title = address
        ? make("a", built ? { href: root + address } : { href: address, rel: "external" }, name) : name;
      const head = make("th", { scope: "row" }, title);
      if (built) head.append(" ", make("a", { class: "why-link", href: root + address.replace(/^posts\//, "audit/") }, posts.why));
      return make("tr", built ? {} : { class: "unbuilt" }, head, ...columns.map((name) => cell(name, at)));
    }

    function number(value) {
      if (value === null) return "?";
      if (typeof value !== "number") return value || "–";
      return grouped.format(value);
    }

    function cell(name, at) {
      const { form, label } = posts.columns[name];
      const value = posts.rows[name][at];
      const numeric = form === "number" || form === "bar";
      return make("td", { class: `c-${name}${numeric ? " num" : ""}`, "data-label": label }, ...contents(name, form, value, at));
    }

    function contents(name, form, value, at) {
      if (form === "todo") {
        if (!value) return ["–"];
        return value.split(" ").map((one) => one.split(":")).map(([action, items]) =>
          make("span", { class: "do" }, `${posts.words.todo[action]} `, make("b", {}, items === "?" ? items : number(Number(items)))));
      }
      if (form === "cover") {
        const of = total(at);
        if (value === null) return ["?"];
        if (!of || at >= posts.built) return ["–"];
        const parts = posts.covers.filter((state) => posts.rows[state][at]).map((state) =>
          make("i", { class: state, style: `flex:${posts.rows[state][at]}` }));
        const share = 0 < value * 100 && value * 100 < of ? "<1 %" : `${Math.floor(value * 100 / of)} %`;
        return [make("span", { class: "stack", "aria-hidden": "true" }, ...parts),
          make("span", {}, `${share} `, make("small", {}, `${value}/${of}`))];
      }
      if (form === "bar") {
        if (typeof value !== "number") return [number(value)];
        const most = posts.largest[name];
        const part = make("i", { class: "meter", style: `--v:${most ? Math.round(1000 * value / most) / 1000 : 0}` });
        return [part, name === "kb" ? tenths.format(value) : number(value)];
      }
      if (form === "word") {
        const word = value ? posts.words[name][value] ?? value : "–";
        const by = name === "importance" ? posts.rows.by[at] : "";
        const span = make("span", { class: `${name}-${(value || "none").replaceAll(" ", "-")}` }, word);
        return by ? [span, " ", make("small", {}, posts.by[by].replace("{n}", posts.rows.links_in[at]))] : [span];
      }
      if (name === "date") return [(value || "").slice(0, 10) || "–"];
      return [number(value)];
    }
  }
})();
