/* Lead from an equation, a step or an annotation to a new issue of the edition's repository, filled in. Nothing is asked
   of anybody until a reader follows the link. */
(() => {
  "use strict";
  const data = document.getElementById("zs-report");
  if (!data) return;
  const { address, post, source, digest, equations, contents, annotations, words } = JSON.parse(data.textContent);
  const LONGEST = 1200; // characters of TeX: an address has to stay below 8 kB

  const lines = (selector, known) => {
    const found = [...document.querySelectorAll(selector)];
    return (node) => known[found.indexOf(node)] || 0;
  };
  const lineOfEquation = lines(".equation[id]", equations);
  const ANNOTATION = ":is(div, details, section).annotation[id]";
  const lineOfAnnotation = lines(ANNOTATION, annotations);

  const filled = (id, line, tex) => {
    const about = [`- ${words.post}: ${post}`, `- ${words.place}: ${source}${line ? `:${line}` : ""}`, `- id: ${id}`,
      `- digest: ${[contents[id], digest].filter(Boolean).join(" / ")}`];
    if (/^https?:$/.test(location.protocol)) about.push(`- ${location.href.split("#")[0]}#${encodeURIComponent(id)}`);
    if (tex) about.push("", "~~~~tex", tex.length > LONGEST ? `${tex.slice(0, LONGEST)} …` : tex, "~~~~");
    const body = `${about.join("\n")}\n\n${words.ask}\n\n`;
    return address.replace(/\{(title|body)\}/g, (_, name) =>
      encodeURIComponent(name === "title" ? `${post}: ${id}` : body));
  };
  const link = (href, text) => {
    const made = document.createElement("a");
    Object.assign(made, { href, rel: "external nofollow", textContent: text, title: words.report });
    made.setAttribute("aria-label", words.report);
    return made;
  };

  // What math.js shows at an equation gets one link more.
  const own = link("", words.short);
  document.addEventListener("math-tools", (event) => {
    const equation = event.target.closest(".equation[id]");
    own.hidden = !equation;
    if (!equation) return;
    own.href = filled(equation.id, lineOfEquation(equation), equation.querySelector("math[alttext]")?.getAttribute("alttext"));
    event.target.append(own);
  });

  const put = (box, heading, line) => {
    const made = link(filled(box.id, line, ""), "⚑");
    made.className = "headerlink zs-report";
    heading?.append(made);
  };
  for (const box of document.querySelectorAll(ANNOTATION)) {
    const line = lineOfAnnotation(box);
    // A folded annotation has its links at its foot: its title is the control that unfolds it.
    put(box, box.querySelector(box.matches("details") ? ":scope > .annotation-foot"
      : ":scope > :is(.annotation-title, h1, h2, h3, h4, h5, h6)"), line);
  }
  for (const step of document.querySelectorAll(".annotation-part[id]")) {
    put(step, step.querySelector(":scope > .annotation-title"), lineOfAnnotation(step.closest(ANNOTATION)));
  }
})();
