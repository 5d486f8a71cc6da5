// What the page does by itself: it hands acts to the server, moves the focus to a source and back,
// finds and sorts articles, and says once that an answer is ready. All HTML comes from the server,
// escaped; what is written here is set as text.
(() => {
  "use strict";
  const parts = {};
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const narrow = matchMedia("(max-width: 1080px)");
  const root = document.documentElement;
  const touch = matchMedia("(pointer: coarse)");
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const at = () => sessionStorage.getItem("footnote-conversation") || ""; // shown again by a server that was restarted
  const send = (part, act, data = {}) => parts[part] && parts[part].trigger(act, { ...data, at: at() });
  const busy = () => !!$('.conversation[data-state="busy"]') || !!waitingSince;
  const newest = () => $("#now .conversation")?.dataset.turn;
  let waitingSince = 0; // an act was sent and no answer has come
  let awaited = false; // its reply is to be announced
  let before = ""; // the newest exchange when it was sent
  let opener = null; // the footnote that opened the source shown
  let reading = null; // what opened the reader
  let said = "";
  let measuring = false; // the dialog of evaluations is wanted
  let pasted = null; // the text last summarised without being added: the server keeps none of it
  let editing = null; // the number of the exchange whose question is being changed

  if (!$('meta[name="viewport"]')) {
    const meta = document.createElement("meta");
    Object.assign(meta, { name: "viewport", content: "width=device-width, initial-scale=1" });
    document.head.append(meta);
  }
  function look(value) {
    if (value === "light" || value === "dark") root.dataset.look = value;
    else delete root.dataset.look;
    localStorage.setItem("footnote-look", value || "system");
  }
  look(localStorage.getItem("footnote-look"));

  // Panels that lie over the chat on a narrow screen

  const panel = (name) => $(`#${name}-column`);
  let lifted = null; // what opened a panel from the header or an answer: it takes the focus back
  function open(name) {
    root.dataset.panel = name;
    under();
    if (narrow.matches) panel(name)?.scrollTo(0, 0);
  }
  function close(name) {
    if (name && root.dataset.panel !== name) return;
    delete root.dataset.panel;
    under();
  }
  function under() { // what lies under a panel is out of reach
    const covered = narrow.matches && "panel" in root.dataset;
    $("#chat-column")?.toggleAttribute("inert", covered);
  }
  narrow.addEventListener("change", under);
  const beside = (target) => // what a panel over the chat leaves free was pressed
    narrow.matches && "panel" in root.dataset && target.isConnected &&
    !target.closest("#library-column, #sources-column, #header, .menu, dialog");
  function lift(button) {
    lifted = button;
    open(button.dataset.open);
    const head = $(`[data-close="${button.dataset.open}"]`);
    if (narrow.matches) requestAnimationFrame(() => head?.focus());
  }
  function lower(name) {
    close(name);
    if (lifted?.isConnected) lifted.focus();
    lifted = null;
  }

  // Sources

  function activate(card, from) {
    $$(".source.active").forEach((other) => other.classList.remove("active"));
    card.classList.add("active");
    if (from) opener = from;
    showAt();
    open("sources");
    card.scrollIntoView({ block: narrow.matches ? "start" : "center", behavior: calm() ? "auto" : "smooth" });
    card.focus({ preventScroll: true });
    // A sheet that has just been opened takes the focus one frame later.
    if (document.activeElement !== card) requestAnimationFrame(() => card.focus({ preventScroll: true }));
  }
  const chosen = () => $(".source.active")?.id.slice(7);
  function showAt() { // the chips of the source that is open
    const ref = chosen();
    for (const chip of $$(".chip[data-ref]")) chip.classList.toggle("at", chip.dataset.ref === ref);
  }
  function openSource(link) {
    opener = link;
    hideCard();
    const card = document.getElementById(`source-${link.dataset.ref}`);
    if (card) activate(card, link);
    else send("sources", "cite", { ref: link.dataset.ref });
  }
  function back(ref) {
    close("sources");
    $$(".source.active").forEach((card) => card.classList.remove("active"));
    showAt();
    if (!ref && lifted) return lower("sources");
    const there = opener && opener.isConnected && (!ref || opener.dataset.ref === ref);
    const target = there ? opener : $(`.chip[data-ref="${CSS.escape(ref || "")}"], [data-ref="${CSS.escape(ref || "")}"]`);
    quiet = true;
    if (target || !touch.matches) (target || $("#question"))?.focus();
    quiet = false;
    target?.scrollIntoView({ block: "nearest" });
  }

  // The card over a footnote or a verdict: its quote and how its sentence fared

  let cardTimer = 0;
  let quiet = false; // the focus comes back from a source: the quote was just read
  function showCard(from) {
    const card = $("#footnote-card");
    if (!card) return;
    clearTimeout(cardTimer);
    const { title = "", place = "", quote = "", verdict = "", reason = "" } = from.dataset;
    const put = (name, words) => {
      const line = $(name, card);
      line.textContent = words;
      line.hidden = !words;
    };
    put(".card-title", title);
    put(".card-place", place);
    put(".card-quote", quote && `“${quote}”`);
    put(".card-verdict", verdict && `${verdict}. ${reason}`);
    card.dataset.verdict = verdict.toLowerCase();
    card.hidden = false;
    const box = from.getBoundingClientRect(), size = card.getBoundingClientRect();
    const below = box.bottom + size.height + 10 < innerHeight || box.top < size.height + 10;
    card.style.left = `${Math.max(8, Math.min(innerWidth - size.width - 8, box.left + box.width / 2 - size.width / 2))}px`;
    card.style.top = `${below ? box.bottom + 6 : box.top - size.height - 6}px`;
    from.setAttribute("aria-describedby", card.id);
  }
  function hideCard() {
    clearTimeout(cardTimer);
    const card = $("#footnote-card");
    if (card) card.hidden = true;
  }
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const from = event.target.closest?.("[data-card]");
    if (from) {
      clearTimeout(cardTimer);
      cardTimer = setTimeout(() => from.isConnected && showCard(from), 120);
    } else if (event.target.closest?.("#footnote-card")) clearTimeout(cardTimer);
    else if (!$("#footnote-card")?.hidden || cardTimer) {
      clearTimeout(cardTimer);
      cardTimer = setTimeout(hideCard, 150);
    }
  });
  document.addEventListener("focusin", (event) => {
    const from = event.target.closest?.("[data-card]");
    if (from && !quiet && from.matches(":focus-visible")) showCard(from);
    else if (!from) hideCard();
  });
  addEventListener("scroll", hideCard, true);

  // The composer

  // One line tells everything. What is `seen` on the page too is only spoken; the rest goes after a while.
  let sayTimer = 0;
  function say(words, seen = false, stays = false) {
    const line = $("[data-status]");
    if (!line) return;
    clearTimeout(sayTimer);
    line.toggleAttribute("data-spoken", seen);
    line.textContent = words;
    if (words && !seen && !stays) sayTimer = setTimeout(() => (line.textContent = ""), 8000);
  }
  function showBusy() {
    const on = busy() && !lost;
    const ask = $(".ask"), halt = $(".halt");
    if (!ask) return;
    const moved = document.activeElement === (on ? ask : halt);
    ask.hidden = on;
    halt.hidden = !on;
    if (moved) (on ? halt : $("#question")).focus();
  }
  function start(act, data) {
    if (busy()) return say("One moment: a reply is still being written.");
    waitingSince = heard = Date.now();
    before = newest();
    awaited = true;
    pending = { act, data };
    said = "";
    say("");
    close();
    hideCard();
    $$("dialog[open]").forEach((dialog) => dialog.close());
    showBusy();
    send("composer", act, data);
  }
  function ask(words) {
    const box = $("#question");
    if (lost) return say(LOST, false, true);
    if (busy()) return say("One moment: a reply is still being written.");
    if (!words.trim()) {
      say("Write a question first.");
      return box.focus();
    }
    box.value = "";
    grow(box);
    if (touch.matches) box.blur(); // its keyboard would cover the answer
    const instead = editing;
    edit(null);
    start("ask", { question: words, instead_of: instead });
  }
  function edit(number, words) {
    editing = number;
    const box = $("#question");
    $("[data-editing]").hidden = number === null;
    if (number === null) return;
    box.value = words;
    grow(box);
    box.focus();
  }
  function grow(box) {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 180)}px`;
  }

  // The connection. A reply that does not come makes the page look whether the server is there. When it
  // is not, the question goes back into the box; when it is there again, all is shown as the server has it.

  const LOST = "No connection to Footnote. It goes on as soon as the server answers…";
  let lost = false;
  let heard = 0; // when the server last changed what is shown
  let pending = null; // what was sent last
  const reaches = () => fetch("healthz", { cache: "no-store" }).then((found) => found.ok, () => false);
  async function attend() {
    if (!lost && (!busy() || Date.now() - heard < 2500)) return;
    const there = await reaches();
    if (lost && there) regain();
    else if (!there && (lost || busy())) lose();
    else if (waitingSince && Date.now() - heard > 15000) {
      if (pending.act === "ask") { // its reply was to come on a stream that is gone
        lose();
        return regain();
      }
      waitingSince = 0;
      say("The server did not take this up. Try again.");
      showBusy();
    } else if (waitingSince) say("Sent. The server has not taken it up yet…");
  }
  setInterval(attend, 1500);
  addEventListener("offline", () => busy() || say("You are offline. Answers come when the connection is back."));
  function lose() {
    const box = $("#question"), words = waitingSince && pending?.act === "ask" && pending.data.question;
    if (words && !box.value) {
      box.value = words;
      grow(box);
    }
    lost = true;
    root.dataset.lost = "";
    waitingSince = 0;
    say(LOST, false, true);
    showBusy();
  }
  function regain() {
    sessionStorage.setItem("footnote-draft", $("#question").value);
    location.reload();
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
    open("library");
    send("add", "upload", { files: sent });
  }

  async function evaluate({ suite, file }) {
    const wish = { suite: suite.value };
    if (suite.value === "own" && file.files[0]) {
      wish.path = await parts.evaluation.upload(file.files[0]).then((kept) => kept.path, () => "");
    }
    send("evaluation", "run", wish);
  }

  // The page of the file beside the text, with the quoted words boxed: drawn when it is wished for
  async function original(button) {
    const dialog = button.closest("dialog"), figure = $(".original", dialog), sheet = $(".sheet", figure);
    const shown = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", !shown);
    button.textContent = shown ? "Show the page" : "Hide the page";
    figure.hidden = shown;
    dialog.classList.toggle("beside", !shown);
    if (shown) return $(".active", dialog)?.scrollIntoView({ block: "center" });
    if (narrow.matches) dialog.scrollTo(0, 0);
    else $(".active", dialog)?.scrollIntoView({ block: "center" });
    if (sheet.firstChild) return;
    const words = $("figcaption", figure);
    words.textContent = "Drawing the page …";
    const got = await fetch(figure.dataset.from, { cache: "no-store" }).catch(() => null);
    const told = got?.ok && JSON.parse(got.headers.get("X-Footnote-Page") || "null");
    if (!told) {
      const reason = got?.status === 404 && (await got.text());
      words.textContent = reason || "The page cannot be shown: the server did not answer. Hide it and try again.";
      return;
    }
    const picture = new Image();
    picture.src = URL.createObjectURL(await got.blob());
    await picture.decode().catch(() => {});
    URL.revokeObjectURL(picture.src);
    const which = told.pages > 1 ? `Page ${told.page} of ${told.pages}` : "The page";
    const quoted = new URLSearchParams(figure.dataset.from.split("?")[1]).get("to") !== "0";
    words.textContent = `${which} as it was added${told.boxes ? ", the quoted words boxed" : quoted ? ". The quoted words were not found on it" : ""}.`;
    picture.alt = words.textContent;
    const larger = document.createElement("a");
    Object.assign(larger, { href: figure.dataset.from, target: "_blank", rel: "noopener", textContent: "Open it larger" });
    words.append(" ", larger);
    sheet.replaceChildren(picture);
    if (told.boxes) sheet.scrollTop = (told.at / 10000) * picture.offsetHeight - sheet.clientHeight / 3;
  }

  // Copying

  async function copy(button, text = button.dataset.copy, told = "Copied, with its sources.") {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const box = document.createElement("textarea");
      box.value = text;
      (button.closest("[popover]") || document.body).append(box);
      box.select();
      done = document.execCommand("copy");
      box.remove();
      button.focus();
    }
    say(done ? told : "Your browser did not allow copying.");
  }

  // Asking before something is gone, and for a new name

  function confirm(words, does, act) {
    const dialog = $("dialog.confirm:not(.naming)");
    $("#confirm-words").textContent = words;
    $("[data-confirm]").textContent = does;
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue === "go" && act();
    dialog.showModal();
  }
  function name(old, act) {
    const dialog = $("dialog.naming"), box = $("input", dialog);
    box.value = old;
    dialog.returnValue = "";
    dialog.onclose = () => {
      const words = box.value.trim();
      if (dialog.returnValue === "go" && words && words !== old) act(words);
    };
    dialog.showModal();
    box.select();
  }

  // Acts of buttons

  const row = (button) => button.closest("[data-id]")?.dataset || {};
  const collected = (button) => button.closest("[data-collection]").dataset.collection;
  const kept = (button) => button.closest("[data-conversation]").dataset;
  const turn = (button) => Number(button.closest("[data-number]").dataset.number);
  const question = (button) => button.closest("[data-question]").dataset.question;
  const acts = {
    fresh: () => {
      waitingSince = 0;
      close();
      edit(null);
      send("composer", "fresh");
      $("#question")?.focus();
    },
    stop: () => send("composer", "stop"),
    ask: (button) => ask(button.dataset.argument),
    again: (button) => start("again", { number: turn(button) }),
    edit: (button) => edit(turn(button), question(button)),
    "cancel-edit": () => {
      edit(null);
      $("#question").value = "";
      $("#question").focus();
    },
    undo: (button) => {
      const words = question(button), box = $("#question");
      const asked = button.closest(".turn").dataset.kind === "question";
      send("composer", "undo", { number: turn(button) });
      if (asked && !box.value) {
        box.value = words;
        grow(box);
      }
      box.focus();
      say("Removed.");
    },
    feedback: (button) => {
      send("composer", "feedback", { number: turn(button), value: button.dataset.value });
      say(button.getAttribute("aria-pressed") === "true" ? "Taken back." : "Thank you, that is kept.");
    },
    summary: (button) => start("summary", { articles: [row(button).id || button.dataset.argument] }),
    "summary-picked": () => start("summary", { articles: [] }),
    "summary-text": (button) => {
      const { title, text } = button.closest("form").elements;
      if (!text.value.trim()) return text.focus();
      pasted = { title: title.value, text: text.value };
      start("summary_text", pasted);
    },
    length: (button) => {
      const number = turn(button), length = button.dataset.length;
      if (button.dataset.pasted === undefined) start("again", { number, length });
      else if (pasted) start("summary_text", { ...pasted, length, instead_of: number });
      else say("Paste the text again to have it in another length.");
    },
    draft: () => {
      $("dialog.draft").showModal();
      $("dialog.draft textarea").focus();
    },
    all: () => send("library", "all"),
    "pick-shown": () => send("library", "only_shown"),
    more: () => {
      firstNew = $$(".entry").length;
      send("library", "more");
    },
    "ask-only": (button) => {
      send("library", "only", { article: row(button).id });
      button.closest("dialog").close();
      $("#question").focus();
    },
    unfilter: () => {
      $$("[data-find], [data-filter]").forEach((field) => (field.value = field.dataset.filter === "order" ? "title" : ""));
      find(0);
    },
    read: (button) => send("library", "read", { article: row(button).id }),
    changes: (button) => send("library", "changes", { article: row(button).id, version: Number(button.dataset.version) }),
    original: (button) => original(button),
    "read-source": (button) => send("sources", "read", { ref: button.dataset.at }),
    rename: (button) => name(row(button).title, (title) => send("library", "rename", { article: row(button).id, title })),
    collections: () => send("library", "collections"),
    filing: (button) => send("library", "filing", { article: row(button).id }),
    "ask-collection": (button) => {
      send("library", "only_collection", { name: collected(button) });
      button.closest("dialog").close();
      $("#question").focus();
    },
    "rename-collection": (button) => {
      const old = collected(button);
      name(old, (to) => send("library", "rename_collection", { name: old, to }));
    },
    "delete-collection": (button) => {
      const gone = collected(button);
      confirm(`Delete the collection “${gone}”? Its articles stay in the library.`, "Delete", () =>
        send("library", "delete_collection", { name: gone }));
    },
    remove: (button) => {
      const { id, title } = row(button);
      confirm(`Remove “${title}” from the library? Answers that cite it keep their quotes.`, "Remove", () =>
        send("library", "remove", { article: id }));
    },
    "bring-back": (button) => {
      button.disabled = true;
      send("library", "bring_back", { removal: button.dataset.argument });
    },
    "clear-results": () => $(".results ul")?.closest(".results").replaceChildren(),
    "add-by": (button) => {
      const way = button.dataset.argument;
      if (way === "files") return $("[data-files]").click();
      open("library");
      if (way === "samples") return send("add", "samples");
      const form = $(`[data-way="${way}"]`);
      form.open = true;
      $("[name=text]", form).focus();
    },
    open: (button) => {
      $("#conversations-menu").hidePopover();
      edit(null);
      send("composer", "open", { conversation: kept(button).conversation });
    },
    "name-conversation": (button) => {
      const { conversation, title } = kept(button);
      name(title, (words) => {
        send("composer", "name", { conversation, title: words });
        $("#conversations-menu").showPopover(); // the dialog over it has closed it
      });
    },
    "delete-conversation": (button) => {
      const { conversation, title } = kept(button);
      confirm(`Delete the conversation “${title}”? It cannot be brought back.`, "Delete", () =>
        send("composer", "delete", { conversation }));
    },
    evaluation: () => {
      if ($("#conversations-menu").matches(":popover-open")) $("#conversations-menu").hidePopover();
      measuring = true;
      send("evaluation", "view");
    },
    "cancel-evaluation": () => send("evaluation", "cancel"),
    settings: () => {
      if ($("#conversations-menu").matches(":popover-open")) $("#conversations-menu").hidePopover();
      send("composer", "settings");
    },
    "use-model": (button) => {
      say("Changing the language model…");
      send("composer", "use_model", { model: button.dataset.model });
    },
    "test-model": () => {
      say("Asking the language model…");
      send("composer", "test_model");
    },
    copy: (button) => copy(button),
    "copy-link": (button) => copy(button, new URL(button.dataset.link, document.baseURI).href, "The link is copied."),
    share_by_link: (button) => send("composer", "share_by_link", { conversation: button.dataset.conversation }),
    unshare: (button) => {
      send("composer", "unshare", { conversation: button.dataset.conversation });
      say("The link leads nowhere from now on.");
    },
  };

  document.addEventListener("click", (event) => {
    for (const menu of $$(".save[open]")) {
      if (!menu.contains(event.target) || event.target.matches("a")) menu.open = false;
    }
    if (beside(event.target)) return root.dataset.panel === "sources" ? back(chosen()) : lower();
    const target = event.target.closest?.(
      "[data-ref], [data-back], [data-open], [data-close], [data-close-dialog], [data-skip], button[data-act], .verdict[data-card]");
    const shown = event.target.closest?.(".source:not(.active)");
    if (!target && shown && !event.target.closest("a") && getSelection().isCollapsed) return activate(shown);
    if (!target) return;
    const { ref, back: backTo, open: opens, close: closes, act, card } = target.dataset;
    if (ref || target.dataset.skip !== undefined) event.preventDefault();
    if (ref) openSource(target);
    else if (target.dataset.skip !== undefined) $("#question").focus();
    else if (card !== undefined) showCard(target);
    else if (backTo) back(backTo);
    else if (opens) lift(target);
    else if (closes === "sources") back(chosen());
    else if (closes) lower(closes);
    else if (target.dataset.closeDialog !== undefined) target.closest("dialog").close();
    else acts[act]?.(target);
  });
  // What was done in another tab meanwhile
  document.addEventListener("toggle", (event) => {
    if (event.target.id === "conversations-menu" && event.newState === "open") send("composer", "listed");
  }, true);
  document.addEventListener("visibilitychange", () => document.hidden || send("library", "look"));
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches?.('[data-act="pick"]')) {
      send("library", "pick", { article: row(box).id, on: box.checked });
    } else if (box.matches?.("[data-filter]")) find(0);
    else if (box.matches?.("[data-report]")) send("evaluation", "view", { report: box.value });
    else if (box.matches?.("[data-against]")) {
      send("evaluation", "view", { report: $("[data-report]").value, against: box.value });
    } else if (box.name === "suite") {
      for (const field of $$("[data-own]", box.form)) field.hidden = box.value !== "own";
    }
    else if (box.matches?.("[data-files]")) {
      addFiles(box.files);
      box.value = "";
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "question") grow(event.target);
    else if (event.target.matches?.("[data-find]")) find(180);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "question" && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      ask(event.target.value);
    } else if (event.key === "Escape" && !$("#footnote-card")?.hidden) hideCard();
    else if (event.key === "Escape" && !$("dialog[open]") && !$(":popover-open")) {
      const active = $(".source.active"), menu = $(".save[open]");
      if (menu) {
        menu.open = false;
        $("summary", menu).focus();
      } else if (active) back(chosen());
      else if (editing !== null) acts["cancel-edit"]();
      else lower();
    } else if (event.key === "/" && !event.target.closest("input, textarea, select") && !$("dialog[open]")) {
      event.preventDefault();
      $("#question").focus();
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-ask]")) {
      event.preventDefault();
      ask($("#question").value);
    } else if (form.matches("[data-paste], [data-link]")) {
      event.preventDefault();
      const { title, text } = form.elements;
      if (!text.value.trim()) return text.focus();
      send("add", form.matches("[data-link]") ? "link" : "paste", { title: title?.value, text: text.value });
      form.reset();
      form.closest("details").open = false;
    } else if (form.matches("[data-draft]")) {
      event.preventDefault();
      const box = form.elements.text;
      if (box.value.trim()) start("check", { text: box.value });
      else box.focus();
    } else if (form.matches("[data-evaluate]")) {
      event.preventDefault();
      evaluate(form.elements);
    } else if (form.matches("[data-new-collection]")) {
      event.preventDefault();
      const box = form.elements.name;
      if (box.value.trim()) send("library", "new_collection", { name: box.value });
      else box.focus();
    } else if (form.matches("[data-filing]")) {
      event.preventDefault();
      const given = new FormData(form);
      form.closest("dialog").close();
      send("library", "file", {
        article: form.dataset.filing, collections: given.getAll("collection"),
        tags: given.get("tags"), name: given.get("name"),
      });
      say("Filed.");
    } else if (form.matches("[data-settings]")) {
      event.preventDefault();
      const chosen = Object.fromEntries(new FormData(form));
      look(chosen.look);
      form.closest("dialog").close();
      send("composer", "choose", { chosen });
      say("Settings are kept.");
    }
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // a file dropped beside the box would replace the page
      if (kind === "drop" || (kind === "dragleave" && !event.relatedTarget)) delete root.dataset.dropping;
      else root.dataset.dropping = "";
      if (kind === "drop") addFiles(event.dataTransfer.files);
    });
  }

  document.addEventListener("load", (event) => { // a report is as high as it is: one bar to scroll, not two
    const frame = event.target;
    if (frame.matches?.(".evaluation iframe")) frame.style.height = `${frame.contentDocument.documentElement.scrollHeight + 4}px`;
  }, true);

  // The library: what is looked for, kept when the tools come anew; the server finds and sorts

  const wanted = { words: "", order: "title", source: "", date: "", collection: "", tag: "" };
  let findTimer = 0;
  let firstNew = 0; // of more rows that were asked for: it takes the focus
  function find(wait) {
    Object.assign(wanted, { words: $("[data-find]")?.value || "" });
    for (const name of ["source", "date", "collection", "tag"]) wanted[name] = ""; // one that is gone filters nothing
    for (const select of $$("[data-filter]")) wanted[select.dataset.filter] = select.value;
    clearTimeout(findTimer);
    findTimer = setTimeout(() => send("library", "find", wanted), wait);
  }
  function showWanted() {
    const box = $("[data-find]");
    if (box) box.value = wanted.words;
    for (const select of $$("[data-filter]")) {
      const value = wanted[select.dataset.filter];
      if ([...select.options].some((option) => option.value === value)) select.value = value;
    }
  }
  function tick() {
    const picked = new Set(($(".scope")?.dataset.picked || "").split(" "));
    for (const box of $$('[data-act="pick"]')) box.checked = picked.has(row(box).id);
  }

  // What to do when the server has changed a part

  const changed = {
    now(element) {
      const shown = $(".conversation", element);
      if (!shown) return;
      const { state, turn: number, say: words, conversation = "", title = "" } = shown.dataset;
      if (waitingSince && state === "idle" && number === before) return; // nothing has come of it yet
      if (waitingSince && !said) say("");
      waitingSince = 0;
      heard = Date.now();
      showBusy();
      if (conversation) sessionStorage.setItem("footnote-conversation", conversation);
      else if (parts.composer && shown.childElementCount) sessionStorage.removeItem("footnote-conversation");
      const heading = $("[data-conversation-title]");
      if (heading) heading.textContent = title || "Conversations";
      const key = `${conversation} ${number}`;
      if (element.dataset.shown !== key) { // a new question, not a reply that has become longer
        element.dataset.shown = key;
        $(".turn", element)?.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
      }
      if (state === "idle" && words && awaited && said !== `${key} ${words}`) {
        awaited = false; // a conversation that is shown again is no news
        said = `${key} ${words}`;
        say(words, true);
      }
    },
    conversations(element) {
      const place = $("[data-conversations]");
      if (place && !place.contains(element)) place.append(element);
    },
    scope(element) {
      const shown = $(".scope", element);
      root.dataset.role = shown?.dataset.role || "admin"; // what an account may not do is not offered
      if (!shown?.dataset.total) return;
      root.dataset.articles = shown.dataset.total;
      const words = $("[data-scope-words]");
      if (words) words.textContent = shown.dataset.scope;
      tick();
    },
    composer(element) {
      const box = $("#question", element), draft = sessionStorage.getItem("footnote-draft");
      sessionStorage.removeItem("footnote-draft");
      if (!draft || box.value) return;
      box.value = draft;
      grow(box);
      say("The connection is back. Your question is in the box.");
    },
    tools: showWanted,
    library() {
      tick();
      if (firstNew) $$(".entry .title")[firstNew]?.focus();
      firstNew = 0;
    },
    sources(element) {
      const card = $(".source.active", element);
      if (card) activate(card);
      else if ($('[role="alert"]', element)) open("sources");
    },
    reader(element) {
      const dialog = $("dialog", element), words = $("[data-say]", element)?.dataset.say;
      if (words) say(words);
      if (!dialog) return;
      const from = document.activeElement;
      if (from && from !== document.body && !from.closest("dialog")) reading = from;
      dialog.onclose = () => reading?.isConnected && reading.focus();
      if (!dialog.open) dialog.showModal();
      const active = $(".active", dialog);
      active?.scrollIntoView({ block: "center" });
      $(".answers", dialog)?.scrollIntoView({ block: "center", inline: "center" });
      (active || $("button", dialog)).focus({ preventScroll: true });
    },
    evaluation(element) {
      const dialog = $("dialog", element);
      if (!dialog || dialog.open || !measuring) return; // closed while it runs: it goes on unseen
      dialog.onclose = () => (measuring = false);
      dialog.showModal();
    },
    settings(element) {
      const dialog = $("dialog", element);
      $(".collections form", element)?.reset(); // what was typed stays where only the rest changed
      if (dialog && !dialog.open) dialog.showModal();
    },
  };

  function mount(part) {
    parts[part.part] = part;
    const column = part.element.closest("#columns > .column");
    if (column && !column.hasAttribute("role")) { // a place that a screen reader can go to
      column.setAttribute("role", "region");
      column.setAttribute("aria-label", { "library-column": "Library", "chat-column": "Chat" }[column.id] || "Sources");
    }
    const react = changed[part.part];
    if (part.part === "header" && parts.conversations) changed.conversations(parts.conversations.element);
    if (!react) return;
    part.watch("value", () => requestAnimationFrame(() => react(part.element)));
    react(part.element);
  }
  const early = window.footnote || [];
  window.footnote = { push: mount };
  early.forEach(mount);
})();
