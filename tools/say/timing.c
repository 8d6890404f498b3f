/* See host/timing.h. */
#include <host/costs.h>
#include <host/promises.h>
#include <host/timing.h>
#include <inttypes.h>

/* Writes microseconds with one decimal, rounded up. */
static void timing_us(uint64_t picoseconds, FILE *out)
{
	const uint64_t tenths = (picoseconds + 99999) / 100000;

	fprintf(out, "%" PRIu64 ".%" PRIu64 " us", tenths / 10, tenths % 10);
}

static void timing_deadline(const struct promises *all, const struct promise_rival *rival,
                            FILE *out)
{
	const struct promise promise = promise_deadline(all, rival);
	const struct model_vcpu *vcpu = rival->vcpu;

	if (promise.verdict == PROMISE_NONE)
		return;
	if (promise.verdict == PROMISE_UNSAID) {
		fprintf(out,
		        "; its deadline of %" PRIu32 " us is watched, but not promised: nothing "
		        "says how long its work takes",
		        vcpu->deadline_us);
		return;
	}
	fprintf(out, "; %" PRIu32 " us of work, promised by %" PRIu32 " us, are done after ",
	        vcpu->work_us, vcpu->deadline_us);
	timing_us(promise.response, out);
	fputs(" at the worst", out);
}

static void timing_guarantee(const struct promises *all, const struct promise_rival *rival,
                             FILE *out)
{
	const struct promise promise = promise_guarantee(all, rival);

	if (promise.verdict == PROMISE_NONE)
		return;
	fputs(", promised: it has them after ", out);
	timing_us(promise.response, out);
	fputs(" at the worst", out);
}

static void timing_rival(const struct promises *all, const struct promise_rival *rival, FILE *out)
{
	const struct model_vcpu *vcpu = rival->vcpu;
	uint32_t work, period;

	if (!vcpu) {
		fprintf(out, "    %3u  the console service\n", rival->high);
		return;
	}
	fprintf(out, "    %3u  %s, CPU %zu: ", rival->high, rival->partition->name, rival->index);
	if (vcpu->budget_us)
		fprintf(out, "at %s %" PRIu32 " us in %" PRIu32 " us",
		        vcpu->flags & BUNDLE_VCPU_GUARANTEE ? "least" : "most", vcpu->budget_us,
		        vcpu->budget_period_us);
	else if (promise_bound(rival, &work, &period))
		fprintf(out, "%" PRIu32 " us in %" PRIu32 " us by its own word", work, period);
	else
		fputs("what nobody before it wants", out);
	timing_guarantee(all, rival, out);
	timing_deadline(all, rival, out);
	fputc('\n', out);
}

/* The sum of bounded loads, in tenths of a percent, rounded up. */
static uint64_t timing_used(const struct promises *all)
{
	uint64_t used = 0;
	uint32_t work, period;

	for (size_t i = 0; i < all->count; i++)
		if (promise_bound(&all->rivals[i], &work, &period))
			used += (work * 1000ull + period - 1) / period;
	return used;
}

static bool timing_worth(const struct promises *all)
{
	size_t vcpus = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct model_vcpu *vcpu = all->rivals[i].vcpu;

		if (!vcpu)
			continue;
		if (vcpu->budget_us || vcpu->period_us)
			return true;
		vcpus++;
	}
	return vcpus > 1;
}

static void timing_core(const struct promises *all, FILE *out)
{
	const uint64_t used = timing_used(all);

	fprintf(out, "  time on core %" PRIu32 ", the most urgent first:\n", all->core);
	for (size_t i = 0; i < all->count; i++)
		timing_rival(all, &all->rivals[i], out);
	if (used)
		fprintf(out, "    budgets and real-time work: %" PRIu64 ".%" PRIu64 " %%%s\n",
		        used / 10, used % 10,
		        used > 1000 ? ", more than there is: the less urgent may have less" : "");
}

void timing_print(const struct model *model, FILE *out)
{
	static struct promises all;

	for (uint32_t core = 0; core < model->core_count; core++) {
		promises_on(&all, model, core);
		if (timing_worth(&all))
			timing_core(&all, out);
	}
}
