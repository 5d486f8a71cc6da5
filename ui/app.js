// What the page does by itself: it hands acts to the server, moves the focus to a source and back,
// and says once that an answer is ready. All HTML comes from the server, escaped; none is made here.
(() => {
  "use strict";
  const parts = {};
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const narrow = matchMedia("(max-width: 1080px)");
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const send = (part, act, data = {}) => parts[part] && parts[part].trigger(act, data);
  const busy = () => !!$('.conversation[data-state="busy"]') || !!waitingSince;
  let waitingSince = 0; // an act was sent and no answer has come
  let opener = null; // the footnote that opened the source shown
  let said = "";

  // Panels that lie over the chat on a narrow screen

  const panel = (name) => $(`#${name}-column`);
  function open(name) {
    document.documentElement.dataset.panel = name;
    if (narrow.matches) panel(name)?.scrollTo(0, 0);
  }
  function close(name) {
    if (!name || document.documentElement.dataset.panel === name) delete document.documentElement.dataset.panel;
  }

  // Sources

  function activate(card, from) {
    $$(".source.active").forEach((other) => other.classList.remove("active"));
    card.classList.add("active");
    if (from) opener = from;
    open("sources");
    card.scrollIntoView({ block: narrow.matches ? "start" : "center", behavior: calm() ? "auto" : "smooth" });
    card.focus({ preventScroll: true });
    // A sheet that has just been opened takes the focus one frame later.
    if (document.activeElement !== card) requestAnimationFrame(() => card.focus({ preventScroll: true }));
  }
  function openSource(link) {
    opener = link;
    const card = document.getElementById(`source-${link.dataset.ref}`);
    if (card) activate(card, link);
    else send("sources", "cite", { ref: link.dataset.ref });
  }
  function back(ref) {
    close("sources");
    $$(".source.active").forEach((card) => card.classList.remove("active"));
    const there = opener && opener.isConnected && (!ref || opener.dataset.ref === ref);
    const target = there ? opener : $(`.chip[data-ref="${CSS.escape(ref || "")}"], [data-ref="${CSS.escape(ref || "")}"]`);
    (target || $("#question"))?.focus();
    target?.scrollIntoView({ block: "nearest" });
  }

  // The composer

  function say(words) {
    const line = $("[data-status]");
    if (line) line.textContent = words;
  }
  function showBusy() {
    const on = busy();
    const ask = $(".ask"), halt = $(".halt");
    if (!ask) return;
    const moved = document.activeElement === (on ? ask : halt);
    ask.hidden = on;
    halt.hidden = !on;
    if (moved) (on ? halt : $("#question")).focus();
  }
  function start(act, data) {
    if (busy()) return say("One moment: a reply is still being written.");
    waitingSince = Date.now();
    said = "";
    say("");
    close();
    showBusy();
    send("composer", act, data);
  }
  function ask(words) {
    const box = $("#question");
    if (busy()) return say("One moment: a reply is still being written.");
    if (!words.trim()) {
      say("Write a question first.");
      return box.focus();
    }
    box.value = "";
    grow(box);
    start("ask", { question: words });
  }
  function grow(box) {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 180)}px`;
  }

  // Files

  async function addFiles(list) {
    const files = [...list];
    if (!files.length) return;
    const sent = [];
    for (const [place, file] of files.entries()) {
      say(`Sending ${place + 1} of ${files.length}: ${file.name}`);
      try {
        const kept = await parts.add.upload(file);
        sent.push({ path: kept.path, name: file.name });
      } catch {
        sent.push({ path: "", name: `${file.name} (too large, or the connection failed)` });
      }
    }
    say("");
    send("add", "upload", { files: sent });
  }

  // Copying

  async function copy(button) {
    let done = true;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const box = document.createElement("textarea");
      box.value = button.dataset.copy;
      document.body.append(box);
      box.select();
      done = document.execCommand("copy");
      box.remove();
      button.focus();
    }
    say(done ? "Copied, with its sources." : "Your browser did not allow copying.");
  }

  // Removing an article

  function confirmRemoval(row) {
    const dialog = $("dialog.confirm");
    $("#confirm-words").textContent = `Remove “${row.dataset.title}” from the library?`;
    dialog.onclose = () => {
      if (dialog.returnValue === "remove") send("library", "remove", { article: row.dataset.id });
      dialog.returnValue = "";
    };
    dialog.showModal();
  }

  const acts = {
    fresh: () => {
      waitingSince = 0;
      close();
      send("composer", "fresh");
      $("#question")?.focus();
    },
    stop: () => send("composer", "stop"),
    ask: (button) => ask(button.dataset.argument),
    summary: (button) => {
      const row = button.closest("[data-id]");
      start("summary", { article: row ? row.dataset.id : button.dataset.argument });
    },
    all: () => send("library", "all"),
    remove: (button) => confirmRemoval(button.closest("[data-id]")),
    copy,
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-ref], [data-back], [data-open], [data-close], button[data-act]");
    if (!target) return;
    const { ref, back: backTo, open: opens, close: closes, act } = target.dataset;
    if (ref) {
      event.preventDefault();
      openSource(target);
    } else if (backTo) back(backTo);
    else if (opens) open(opens);
    else if (closes === "sources") back($(".source.active")?.id.slice(7));
    else if (closes) close(closes);
    else acts[act]?.(target);
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches?.('[data-act="pick"]')) {
      send("library", "pick", { article: box.closest("[data-id]").dataset.id, on: box.checked });
    } else if (box.matches?.("[data-files]")) {
      addFiles(box.files);
      box.value = "";
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "question") grow(event.target);
    else if (event.target.matches?.("[data-find]")) find();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "question" && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      ask(event.target.value);
    } else if (event.key === "Escape" && !$("dialog[open]")) {
      const active = $(".source.active");
      if (active) back(active.id.slice(7));
      else close();
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-ask]")) {
      event.preventDefault();
      ask($("#question").value);
    } else if (form.matches("[data-paste]")) {
      event.preventDefault();
      const { title, text } = form.elements;
      if (!text.value.trim()) return text.focus();
      send("add", "paste", { title: title.value, text: text.value });
      form.reset();
      form.closest("details").open = false;
    }
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // a file dropped beside the box would replace the page
      $(".drop")?.classList.toggle("over", kind === "dragover" || kind === "dragenter");
      if (kind === "drop") addFiles(event.dataTransfer.files);
    });
  }

  function find() {
    const words = ($("[data-find]")?.value || "").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of $$(".entry")) {
      const hit = words.every((word) => row.dataset.title.toLowerCase().includes(word));
      row.hidden = !hit;
      shown += hit;
    }
    const none = $("[data-none]");
    if (none) none.hidden = shown > 0 || !words.length;
  }

  // What to do when the server has changed a part

  const changed = {
    conversation(element) {
      const now = $(".conversation", element);
      if (!now) return;
      const { state, turn, say: words } = now.dataset;
      waitingSince = 0;
      showBusy();
      const shown = `${turn} ${state}`;
      if (element.dataset.shown !== shown) { // a new question, or its reply that has become longer
        element.dataset.shown = shown;
        $(".turn:last-child", element)?.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
      }
      if (state === "idle" && words && said !== `${turn} ${words}`) {
        said = `${turn} ${words}`;
        say(words);
      } else if (state === "idle" && !words) say("");
    },
    library(element) {
      const now = $(".library", element);
      const words = $("[data-scope-words]");
      if (now && words) words.textContent = now.dataset.scope;
      document.documentElement.dataset.articles = now?.dataset.total || "0";
      for (const box of $$('[data-act="pick"]', element)) box.checked = box.hasAttribute("checked");
      find();
    },
    sources(element) {
      const card = $(".source.active", element);
      if (card) activate(card);
      else if ($('[role="alert"]', element)) open("sources");
    },
  };

  function mount(part) {
    parts[part.part] = part;
    const react = changed[part.part];
    if (!react) return;
    part.watch("value", () => requestAnimationFrame(() => react(part.element)));
    react(part.element);
  }
  const early = window.footnote || [];
  window.footnote = { push: mount };
  early.forEach(mount);
})();
