// The page's half of a live figure: the picture, its summary, the pointer on it, and what ipywidgets lacks.

const GONE = "The kernel that drew this picture has ended: it does not follow the controls any more. "
  + "Run the notebook again (menu Run > Run All Cells).";
const COVERED = "First choose an answer to the question above: the picture appears then.";

function make(kind, className, parent) {
  const element = document.createElement(kind);
  element.className = className;
  parent.append(element);
  return element;
}

// JupyterLab only; elsewhere undefined.
const session = (model) => model.widget_manager?.context?.sessionContext;
const kernelId = (model) => session(model)?.session?.kernel?.id;

// Calls `act` once the element stands in the figure's box on the page.
function whenPlaced(element, act) {
  const watch = new ResizeObserver(() => {
    const box = element.closest(".course-figure");
    if (box) {
      watch.disconnect();
      act(box);
    }
  });
  watch.observe(element);
  return watch;
}

// The words of a label as they are read: ipywidgets puts a character without width into them.
const words = (element) => element?.textContent.replace(/\u200b/g, "").replace(/\s+/g, " ").trim();

// ipywidgets gives the handles of sliders no name, and the position in place of the value.
function nameHandles(box) {
  for (const handle of box.querySelectorAll(".noUi-handle[role=slider]")) {
    const slider = handle.closest(".widget-inline-hbox");
    const name = words(slider?.querySelector(".widget-label"));
    const owner = words(handle.closest(".course-control")?.querySelector(".widget-checkbox"));
    const wanted = {
      "aria-label": owner ? `${owner}: ${name}` : name,
      "aria-valuetext": words(slider?.querySelector(".widget-readout")),
      "data-lm-suppress-shortcuts": "true", // else Notebook 7 takes the arrow keys
    };
    for (const [name, text] of Object.entries(wanted)) {
      if (text && handle.getAttribute(name) !== text) handle.setAttribute(name, text);
    }
  }
}

export default () => {
  let kernel; // the one that this model belongs to

  function render({ model, el }) {
    const ends = []; // what to undo when the view goes
    const on = (name, act) => {
      model.on(name, act);
      act();
    };

    const frame = make("div", "course-frame", el);
    frame.style.width = `${model.get("width")}px`;
    frame.style.aspectRatio = `${model.get("width")} / ${model.get("height")}`;
    const img = make("img", "course-picture", frame);
    img.draggable = false;
    img.decoding = "sync"; // one picture follows the other without a gap
    const bar = make("div", "course-progress", frame);
    const cover = make("div", "course-cover", frame);
    make("div", "", cover).textContent = COVERED;
    const uncover = make("button", "", cover);
    uncover.textContent = "Show it anyway";
    const gone = make("div", "course-gone", el);
    gone.setAttribute("role", "alert");
    const summary = make("div", "course-summary", el);
    summary.setAttribute("role", "status");
    summary.setAttribute("aria-live", "polite");
    summary.style.maxWidth = frame.style.width;

    on("change:png", () => {
      const old = img.src;
      img.src = URL.createObjectURL(new Blob([model.get("png")], { type: "image/png" }));
      URL.revokeObjectURL(old);
    });
    ends.push(() => URL.revokeObjectURL(img.src));
    on("change:done", () => {
      const done = model.get("done");
      summary.setAttribute("aria-busy", done < 1); // read out when the picture is complete
      bar.style.width = `${100 * (done % 1)}%`;
    });
    on("change:summary", () => {
      img.alt = summary.textContent = model.get("summary");
    });
    on("change:covered", () => el.classList.toggle("course-covered", model.get("covered")));
    uncover.addEventListener("click", () => {
      model.set("covered", false);
      model.save_changes();
      // The button is gone, and with it the focus: it goes on to the first control.
      const controls = el.closest(".course-figure")?.querySelector(".course-controls");
      controls?.querySelector(".noUi-handle, select, input")?.focus({ preventScroll: true });
    });
    model.set("ratio", window.devicePixelRatio || 1);
    model.save_changes();

    // The pointer: one event is on its way at a time, and of those that wait the latest counts.
    let sent = 0, drag = 0, start = null, waiting = null;
    const place = (event) => {
      const box = img.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    const send = () => {
      const answered = model.get("answered");
      if (!waiting || sent > answered) return;
      sent = answered + 1;
      model.set("pointer", [sent, ...waiting]);
      model.save_changes();
      waiting = null;
    };
    const move = (event) => {
      if (!start) return;
      waiting = [drag, ...start, ...place(event)];
      send();
    };
    frame.addEventListener("pointerdown", (event) => {
      if (!model.get("clickable") || model.get("covered") || event.button !== 0) return;
      event.preventDefault();
      frame.setPointerCapture(event.pointerId);
      drag = Date.now();
      start = place(event);
      move(event);
    });
    frame.addEventListener("pointermove", move);
    for (const kind of ["pointerup", "pointercancel"]) {
      frame.addEventListener(kind, (event) => {
        move(event);
        start = null;
      });
    }
    model.on("change:answered", send);
    frame.classList.toggle("course-clickable", model.get("clickable"));

    // A kernel that was restarted has closed the comms; one that was shut down only shows in its id.
    const layout = model.get("layout");
    const check = () => {
      const other = kernel && kernelId(model) !== kernel;
      gone.textContent = other || layout?.comm_live === false ? GONE : "";
    };
    layout?.on?.("comm_live_update", check);
    ends.push(() => layout?.off?.("comm_live_update", check));
    for (const signal of [session(model)?.statusChanged, session(model)?.kernelChanged]) {
      signal?.connect(check);
      ends.push(() => signal?.disconnect(check));
    }
    check();

    const placed = whenPlaced(el, (box) => {
      const watch = new MutationObserver(() => nameHandles(box));
      watch.observe(box, {
        subtree: true, childList: true, characterData: true, attributeFilter: ["aria-valuetext"],
      });
      ends.push(() => watch.disconnect());
      nameHandles(box);
    });
    ends.push(() => placed.disconnect());
    return () => ends.forEach((end) => end());
  }

  return {
    initialize({ model }) {
      kernel = kernelId(model);
    },
    render,
  };
};
