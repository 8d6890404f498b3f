/* The plots of one system: what it ran and what was stolen from it, in the last hour, day or year. The sentence below says
 * the same in words. */
"use strict";

/* `step`: seconds of a point; `points` of the span; `wide`: so many points make a column; `again`: ms until it is new. */
const SPANS = { hour: { step: 1, points: 3600, wide: 6, again: 5000, ago: "an hour ago" },
	day: { step: 60, points: 1440, wide: 3, again: 60000, ago: "a day ago" },
	year: { step: 3600, points: 8760, wide: 15, again: 60000, ago: "a year ago" } };
const PLOTTED = ["ran", "stolen", "waiting", "misses", "starts"];
const COLUMNS = 600, HIGH = 120;
const plots = { system: "", at: 0, fetching: false };

function shape(tag, options) {
	const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
	for (const [name, value] of Object.entries(options)) made.setAttribute(name, value);
	return made;
}

const known = values => values.filter(value => value !== null);
const sum = values => values.reduce((all, value) => all + value, 0);
const mean = values => sum(values) / values.length;
const percent = share => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const times = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;

/* So many points become one column. A column without a known point is a gap: null. The newest column is the last one. */
function columns(values, wide, join) {
	const made = [];
	for (let end = values.length; end > 0; end -= wide) {
		const points = known(values.slice(Math.max(0, end - wide), end));
		made.unshift(points.length ? join(points) : null);
	}
	return made;
}

/* The area between two lines of columns, in as many pieces as gaps leave. */
function area(kind, low, high, x, y) {
	let path = "";
	for (let from = 0; from < high.length; from++) {
		if (high[from] === null) continue;
		let to = from;
		while (to + 1 < high.length && high[to + 1] !== null) to++;
		const there = [], back = [];
		for (let i = from; i <= to; i++) {
			there.push(`${x(i)},${y(high[i])} ${x(i + 1)},${y(high[i])}`);
			back.unshift(`${x(i + 1)},${y(low[i])} ${x(i)},${y(low[i])}`);
		}
		path += `M${there.join(" L")} L${back.join(" L")}Z `;
		from = to;
	}
	return shape("path", { class: kind, d: path });
}

function drawPlot(series, span) {
	const { wide, points, ago } = SPANS[span], plot = $("plot");
	const ran = columns(series.ran, wide, mean), stolen = columns(series.stolen, wide, mean);
	const both = ran.map((share, i) => share === null ? null : share + (stolen[i] ?? 0)), most = Math.max(0.01, ...known(both));
	const top = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 8].find(round => most <= round * 1.001) ?? most;
	const count = points / wide, first = count - ran.length;
	const x = i => (COLUMNS * (first + i) / count).toFixed(1), y = share => (HIGH * (1 - share / top)).toFixed(1);
	const marks = (kind, values) => columns(values, wide, sum).flatMap((number, i) => number ? [shape("line",
		{ class: kind, x1: x(i + 0.5), x2: x(i + 0.5), y1: kind === "missed" ? HIGH - 14 : 0, y2: HIGH })] : []);
	plot.setAttribute("viewBox", `0 0 ${COLUMNS} ${HIGH}`);
	plot.replaceChildren(area("ran", ran.map(() => 0), ran, x, y), area("stolen", ran, both, x, y),
		...marks("started", series.starts), ...marks("missed", series.misses));
	write($("plot-top"), percent(top));
	write($("plot-from"), ago);
	write($("plot-words"), plotWords(series, span));
}

function plotWords(series, span) {
	const ran = known(series.ran), seen = ran.length * SPANS[span].step;
	const [unit, name] = seen < 120 ? [1, "second"] : seen < 7200 ? [60, "minute"] : [3600, "hour"];
	if (!ran.length) return "Nothing is known yet.";
	const unseen = state.accounts?.vcpus.some(vcpu => vcpu.partition === chosen &&
		state.accounts.cores.some(core => core.core === vcpu.core && !core.idle_seen));
	const [stolen, waited] = [series.stolen, series.waiting].map(values => percent(mean(known(values))));
	return `Known of the last ${span}: ${times(Math.round(seen / unit), name)}. It ran ${percent(mean(ran))} of a core's time, `
		+ `${percent(Math.max(...ran))} at most; ${stolen} was stolen, and it waited ${waited}. `
		+ `${times(sum(known(series.misses)), "missed deadline")}, ${times(sum(known(series.starts)), "start")}.`
		+ (unseen ? " Where it has a core alone, its idle time isn't seen, and counts as time that it ran." : "");
}

/* Asks again when the span's time is over, or at once for another system or span. */
async function turnPlots(now) {
	const system = chosen, span = $("span").value, { step, again } = SPANS[span];
	if (!system || plots.fetching || (plots.system === system + span && now - plots.at < again)) return;
	plots.fetching = true;
	try {
		const answers = await Promise.all(PLOTTED.map(what =>
			told(`api/series?system=${encodeURIComponent(system)}&what=${what}&step=${step}`)));
		if (system === chosen && span === $("span").value) {
			drawPlot(Object.fromEntries(answers.map(answer => [answer.what, answer.values])), span);
			Object.assign(plots, { system: system + span, at: now });
		}
	} catch (error) {
		write($("plot-words"), error.message);
	}
	plots.fetching = false;
}

function clearPlot() {
	$("plot").replaceChildren();
	write($("plot-words"), "");
	turnPlots(performance.now());
}

$("span").addEventListener("change", () => turnPlots(performance.now()));
