/* The page of a machine: it follows the keeper's events and draws what they say. All that comes from the machine is put in
 * as text, never as markup. */
"use strict";

const KEY = /^[0-9a-f]{32}$/;
const EVENTS_SHOWN = 100;
const LINES = 80;
const AGAIN_MS = 1000;
const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b.|[\x00-\x08\x0b-\x1f\x7f]/g;
/* Which acts fit a state; only a stop where nothing is said. */
const FITS = {
	running: ["restart", "suspend", "stop"], suspended: ["resume", "restart", "stop"], stopped: ["start"],
	held: ["restart", "stop"], waiting: ["start", "stop"],
};
const ASKED_FIRST = { restart: "It ends now, and starts anew from its pristine images.",
	stop: "It ends now, and stays off until it is started." };

const $ = id => document.getElementById(id);
/* A page with users has TLS, and the browser keeps its session; the other one has a key, and only for this host. */
const users = location.protocol === "https:";
let key = "", mine = [], state = null, before = null, last = "", chosen = "", fetching = false, wanted = false, over = false;

function element(tag, options = {}, ...children) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(options)) {
		if (name === "text") made.textContent = value;
		else if (name === "click") made.addEventListener("click", value);
		else made.setAttribute(name, value);
	}
	made.append(...children);
	return made;
}

function write(node, text) {
	if (node.textContent !== text) node.textContent = text;
}

function clock(us) {
	const seconds = Math.floor(us / 1e6), two = n => String(n).padStart(2, "0");
	return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/* ---- the keeper ---- */

function ask(path, options = {}) {
	const headers = { ...(users ? {} : { Authorization: `Bearer ${key}` }), ...options.headers };
	return fetch(path, { ...options, headers, cache: "no-store", credentials: users ? "same-origin" : "omit" });
}

function send(path, content) {
	return told(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });
}

async function told(path, options) {
	const answer = await ask(path, options);
	const content = await answer.json();
	if (!answer.ok) throw new Error(content.error);
	return content;
}

function live(words, kind) {
	write($("live"), words);
	$("live").className = kind;
	if (kind === "off") drawWrong([{ text: words }]);
}

function showDoor(words) {
	sessionStorage.removeItem("key");
	$("door").hidden = false;
	$("machine").hidden = $("who").hidden = true;
	$(users ? "enter" : "ask").hidden = false;
	write($("refused"), words);
	live("not connected", "");
	$(users ? "name-in" : "key").focus();
}

/* Who this is, and what he may do; null: nobody yet. */
async function me() {
	const answer = await ask("api/session");
	if (answer.status === 401) return null;
	const content = await answer.json();
	if (!answer.ok) throw new Error(content.error);
	return content;
}

function showMe(session) {
	mine = session.acts;
	$("machine").hidden = false;
	$("who").hidden = !users;
	write($("user"), users ? `${session.user} (${session.role})` : "");
}

/* The acts that the link and the role allow. */
function allowed() {
	return state.acts.filter(act => mine.includes(act));
}

/* One event: lines `id`, `event` and `data`. False: it was the last one. */
function hear(text) {
	const fields = {};
	for (const line of text.split("\n")) {
		const colon = line.indexOf(": ");
		if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
	}
	if (fields.id) last = fields.id;
	if (!fields.event) return true;
	const data = JSON.parse(fields.data);
	if (fields.event === "state") drawState(data);
	else if (fields.event === "printed") drawPrinted(data.numbers);
	else if (fields.event === "over") {
		live(`over: ${data.why}`, "off");
		over = true;
		drawActs();
		if (state) drawMoves();
		return false;
	} else drawEvent(fields.event, data);
	return true;
}

async function listen(answer) {
	const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
	let text = "";
	for (;;) {
		const { value, done } = await reader.read();
		if (done) return true;
		text += value;
		for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2))
			if (!hear(text.slice(0, end))) return false;
	}
}

async function follow() {
	for (let on = true; on;) {
		try {
			const session = await me();
			if (!session && users && state) location.reload(); /* so nothing of the machine is left in the tab */
			if (!session) {
				showDoor(users ? "" : "This isn't the key of this run.");
				return;
			}
			showMe(session);
			const answer = await ask("api/events", { headers: last ? { "Last-Event-ID": last } : {} });
			if (answer.status === 401) continue;
			if (!answer.ok) throw new Error((await answer.json()).error);
			live("live", "on");
			on = await listen(answer);
		} catch (error) {
			live(error instanceof TypeError ? "the keeper doesn't answer; trying again" : error.message, "off");
		}
		if (on) await new Promise(done => setTimeout(done, AGAIN_MS));
	}
}

/* ---- the state ---- */

function drawWrong(wrong) {
	const told = JSON.stringify(wrong), list = $("wrong");
	if (list.dataset.told === told) return;
	list.dataset.told = told;
	list.replaceChildren(...(wrong.length ? wrong.map(one => element("li", { class: one.found ? "early" : "", text: one.text }))
		: [element("li", { class: "nothing", text: "Nothing is wrong." })]));
}

/* What happened between two accounts: a list of {kind, share} of each core. */
function shares(now, then) {
	const ticks = then ? now.counter - then.counter : 0, parts = new Map();
	if (ticks <= 0) return parts;
	const add = (core, kind, hue, amount) => {
		if (!parts.has(core)) parts.set(core, []);
		if (amount > 0) parts.get(core).push({ kind, hue, share: Math.min(1, amount / ticks) });
	};
	const unseen = new Set(now.cores.filter(core => !core.idle_seen).map(core => core.core));
	now.vcpus.forEach((vcpu, i) => {
		const hue = state.list.partitions.findIndex(one => one.name === vcpu.partition);
		add(vcpu.core, unseen.has(vcpu.core) ? "unseen" : "", hue, vcpu.ran - then.vcpus[i].ran);
	});
	now.cores.forEach((core, i) => add(core.core, "services", 0, core.services - then.cores[i].services));
	return parts;
}

function drawBar(bar, parts) {
	bar.replaceChildren(...parts.map(part => {
		const piece = element("i", { class: `h${part.hue % 8} ${part.kind}` });
		piece.style.width = `${100 * part.share}%`;
		return piece;
	}));
}

/* The pieces of neighbouring cores, as [first, last]. */
function runs(cores) {
	const found = [];
	for (const core of cores) {
		const end = found[found.length - 1];
		if (end && end[1] === core - 1) end[1] = core;
		else found.push([core, core]);
	}
	return found;
}

/* A system's name over its blocks, for narrow screens, and the blocks, with the name in each for wide ones. */
function drawBlocks(system, index, first) {
	const label = element("div", { class: "label" }, element("b", { text: system.name }), ` ${system.state}`);
	label.style.gridRow = String(2 * index + 2);
	const blocks = runs(system.cores ?? []).map(([from, to], i) => {
		const block = element("div", { class: `block h${index % 8}${system.state === "running" ? "" : " idle"}${i ? " more" : ""}` },
			element("b", { text: system.name }), element("small", { text: system.state }));
		block.style.gridRow = String(2 * index + 3);
		block.style.gridColumn = `${from - first + 1} / ${to - first + 2}`;
		block.addEventListener("click", () => choose(system.name));
		return block;
	});
	return [label, ...blocks];
}

/* The picture is made anew when a system or core changes, so what is clicked on stays where it is; the bars move. */
function drawPicture() {
	const cores = state.cores?.cores.map(one => one.core) ?? [], picture = $("picture"), first = cores[0] ?? 0;
	const told = JSON.stringify([cores, state.list.partitions.map(one => [one.name, one.state, one.cores])]);
	if (picture.dataset.told !== told) {
		picture.dataset.told = told;
		picture.style.gridTemplateColumns = `repeat(${Math.max(1, cores.length)}, minmax(var(--core), 1fr))`;
		picture.replaceChildren(
			...cores.map(core => element("div", { class: "core" }, `core ${core}`, element("div", { class: "bar" }))),
			...state.list.partitions.flatMap((system, i) => drawBlocks(system, i, first)));
	}
	const parts = state.accounts ? shares(state.accounts, before) : new Map();
	cores.forEach((core, i) => drawBar(picture.children[i].lastChild, parts.get(core) ?? []));
}

/* A row stays the same element, so the keyboard's focus stays where it is. */
function rowOf(name, index) {
	const found = [...$("rows").children].find(row => row.dataset.name === name);
	if (found) return found;
	const row = element("tr", { "data-name": name },
		element("th", { scope: "row" }, element("button", { class: `h${index % 8}`, text: name, click: () => choose(name) })),
		...["State", "Cores", "Starts", "Ended last, because"].map(label => element("td", { "data-label": label })));
	$("rows").append(row);
	return row;
}

function drawRows() {
	const names = state.list.partitions.map(one => one.name);
	for (const row of [...$("rows").children])
		if (!names.includes(row.dataset.name)) row.remove();
	state.list.partitions.forEach((system, i) => {
		const cells = rowOf(system.name, i).children;
		write(cells[1], system.state ?? "not told");
		write(cells[2], (system.cores ?? []).join(", "));
		write(cells[3], String(system.starts ?? ""));
		write(cells[4], state.ends[system.name] ?? "");
	});
}

function drawState(content) {
	if (state?.accounts && content.accounts && state.accounts.counter !== content.accounts.counter) before = state.accounts;
	state = content;
	drawWrong(state.wrong);
	write($("learns"), state.learns_h ? `What is unusual is told when ${Math.ceil(state.learns_h / 24)} more days have been seen.` : "");
	if (!state.list) return;
	const name = state.list.system ?? `the machine of ${state.list.partitions.find(one => one.this_one)?.name}`;
	write($("name"), name);
	document.title = `${state.wrong.length ? `(${state.wrong.length}) ` : ""}${name} – Kumiki`;
	write($("untold"), state.untold ?? "");
	$("pictured").hidden = Boolean(state.untold);
	$("untold").hidden = !state.untold;
	drawPicture();
	drawRows();
	drawActs();
	drawMoves();
	turnPlots(performance.now());
}

/* ---- cores that move ---- */

/* Who may hold it: the machine says so, or whoever is asked may refuse. Nothing: it doesn't move. */
function mayHold(core) {
	return core.may_hold ?? (state.untold ? state.list.partitions.filter(one => one.state).map(one => one.name) : undefined);
}

function drawMove(core) {
	const others = [...mayHold(core), null].filter(name => name !== core.holder);
	const buttons = over || !allowed().includes("give") ? [] : others.map(name =>
		element("button", { text: name ?? "nobody", click: () => perform({ act: "give", core: core.core, ...(name ? { system: name } : {}) }, $("moved")) }));
	return element("tr", {}, element("th", { scope: "row", text: String(core.core) }),
		element("td", { "data-label": "Held by", text: core.holder ?? "nobody" }),
		element("td", { "data-label": "Give it to" }, ...buttons));
}

/* Made anew when something changes, so a button stays where it is. */
function drawMoves() {
	const cores = (state.cores?.cores ?? []).filter(mayHold), place = $("moves");
	const told = JSON.stringify([cores.map(core => [core.core, core.holder, mayHold(core)]), allowed(), over]);
	$("moving").hidden = !cores.length;
	if (place.dataset.told === told) return;
	place.dataset.told = told;
	place.replaceChildren(...cores.map(drawMove));
}

/* ---- events ---- */

function actWords(act) {
	return act.act === "give" ? `give core ${act.core} to ${act.system ?? "nobody"}` : `${act.act} ${act.system}`;
}

function sentence(kind, data) {
	if (kind === "lost") return `${data.events} events were lost on the way`;
	if (kind === "act") return `${data.who ? `${data.who}: ` : ""}${actWords(data)}: ${data.done ? data.words : `failed: ${data.error}`}`;
	if (kind === "found") return `${data.over ? "over: " : ""}${data.text}`;
	const why = data.ended && !["running", "loading"].includes(data.state) ? `: ${data.ended}` : "";
	return `${data.name} is ${data.state}, start ${data.starts}${why}`;
}

function drawEvent(kind, data) {
	const list = $("events"), time = data.time_us ?? state?.list?.time_us;
	list.prepend(element("li", {}, element("time", { text: time === undefined ? "" : clock(time) }), sentence(kind, data)));
	while (list.children.length > EVENTS_SHOWN) list.lastChild.remove();
	$("no-events").hidden = true;
	if (data.name === chosen || data.system === chosen) refresh();
}

function drawPrinted(numbers) {
	const system = state?.list?.partitions.find(one => one.name === chosen);
	if (system && numbers.includes(system.number)) refresh();
}

/* ---- one system ---- */

function choose(name) {
	chosen = name;
	$("system").hidden = false;
	write($("system-title"), name);
	write($("came"), "");
	write($("unseen"), "");
	$("console").textContent = "";
	$("facts").replaceChildren();
	$("crash").hidden = true;
	drawActs();
	clearPlot();
	refresh();
	$("system-title").focus();
	$("system").scrollIntoView({ block: "nearest" });
}

function drawActs() {
	const system = state?.list?.partitions.find(one => one.name === chosen);
	if (!system) return;
	const seen = system.state || !state.untold, place = $("acts");
	const fits = over || !seen || system.this_one ? [] : (FITS[system.state] ?? ["stop"]).filter(act => allowed().includes(act));
	const told = `${chosen} ${fits} ${over} ${allowed()}`;
	if (place.dataset.told === told) return;
	place.dataset.told = told;
	place.replaceChildren(...fits.map(act => element("button", { text: act, click: () => sure(act, chosen) })));
	if (!seen) place.append("The page's Linux doesn't manage this system.");
	else if (system.this_one) place.append("The page runs in this system.");
	else if (!over && !allowed().length) place.append(state.acts.length ? "Your role lets you look." : "This link lets nobody act here.");
}

function sure(act, system) {
	if (!ASKED_FIRST[act]) {
		perform({ act, system }, $("came"));
		return;
	}
	write($("sure-text"), `${act} ${system}? ${ASKED_FIRST[act]}`);
	write($("sure-yes"), act);
	$("sure").onclose = () => {
		if ($("sure").returnValue === "yes") perform({ act, system }, $("came"));
	};
	$("sure").returnValue = "no";
	$("sure").showModal();
}

/* Does an act, and tells at `place` what comes of it. */
async function perform(act, place) {
	write(place, `${actWords(act)} …`);
	try {
		const done = await send("api/acts", act);
		write(place, done.words);
	} catch (error) {
		write(place, `${actWords(act)} failed: ${error.message}`);
	}
}

function facts(shown) {
	const life = shown.life, rows = [
		["state", shown.state],
		["since", shown.since_us === undefined ? "" : clock(shown.since_us)],
		["ended last, because", state.ends[shown.name] ?? "it never did"],
		["starts", `${shown.starts}, ${shown.restarts_lately} of them restarts lately`],
		["crashes", String(shown.crashes ?? 0)],
		["CPUs", (shown.vcpus ?? []).map(one => `${one.vcpu}: ${one.state} on core ${one.core}, priority ${one.priority}`).join("; ")],
		["manages", (shown.manages ?? []).join(", ")],
		["after a crash", life ? `${life.on_crash}; at most ${life.limit} restarts in ${life.window_ms / 1000} s, then ${life.at_limit}` : ""],
	];
	return rows.filter(([, text]) => text).flatMap(([name, text]) => [element("dt", { text: name }), element("dd", { text })]);
}

function plain(pieces) {
	return (pieces ?? []).join("").replace(/\r\n/g, "\n").replace(ESCAPES, "");
}

function drawSystem(shown, log) {
	const box = $("console"), below = box.scrollHeight - box.scrollTop - box.clientHeight < 20;
	$("facts").replaceChildren(...facts(shown));
	write(box, plain(log.console) || "It has printed nothing.");
	if (below) box.scrollTop = box.scrollHeight;
	$("crash").hidden = !log.crash;
	if (log.crash) write($("crash").lastChild, plain(log.crash));
}

/* Asks again for what the panel shows; once at a time. */
async function refresh() {
	wanted = true;
	if (fetching) return;
	fetching = true;
	while (wanted && chosen) {
		wanted = false;
		const name = encodeURIComponent(chosen);
		try {
			const shown = await told(`api/systems/${name}`);
			const log = await told(`api/systems/${name}/log?lines=${LINES}`);
			if (shown.name === chosen) drawSystem(shown, log);
			write($("unseen"), "");
		} catch (error) {
			write($("unseen"), error.message);
		}
	}
	fetching = false;
}

/* ---- beginning ---- */

function open(text) {
	key = text;
	last = "";
	if (!users) sessionStorage.setItem("key", key);
	$("door").hidden = true;
	follow();
}

$("ask").addEventListener("submit", event => {
	event.preventDefault();
	begin($("key").value);
});
$("enter").addEventListener("submit", async event => {
	event.preventDefault();
	write($("refused"), "");
	try {
		await send("api/session", { user: $("name-in").value, password: $("password").value });
		location.reload();
	} catch (error) {
		write($("refused"), error instanceof TypeError ? "the keeper doesn't answer" : error.message);
		$("password").select();
	}
});
$("out").addEventListener("click", async () => {
	await ask("api/session", { method: "DELETE" });
	location.reload();
});
$("close").addEventListener("click", () => {
	const name = chosen;
	chosen = "";
	$("system").hidden = true;
	[...$("rows").children].find(row => row.dataset.name === name)?.querySelector("button").focus();
});

/* A new key in an open tab, by a form or an address: the page begins anew with it. */
function begin(text) {
	sessionStorage.setItem("key", text);
	location.reload();
}
window.addEventListener("hashchange", () => !users && KEY.test(location.hash.slice(1)) && begin(location.hash.slice(1)));
{
	const given = location.hash.slice(1), kept = sessionStorage.getItem("key");
	if (users) open("");
	else if (KEY.test(given)) {
		history.replaceState(null, "", location.pathname);
		open(given);
	} else if (kept) open(kept);
	else showDoor("");
}
