/*
 * What the model says of cores and time in good descriptions: which may be shared, move or go off;
 * kinds and speeds; vCPUs, their places, priorities and budgets.
 */
#include "good_model.h"

#include <host/promises.h>
#include <host/say.h>
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <stdint.h>
#include <stdlib.h>
#include <unit.h>

/* In start order rt comes first. Each has one CPU on each core, those that may come behind the
 * others; the giver and the receiver of one hear of it. */
TEST(test_cores_that_move)
{
	struct model *model = good_load("cores-move", 0);
	const struct model_partition *rt = good_partition(model, "rt");
	const struct model_partition *linux_os = good_partition(model, "linux");
	const struct model_partition *alone = good_partition(model, "alone");
	const struct model_partition *other = good_partition(model, "other");

	assert_int_equal(rt->vcpu_count, 3);
	assert_int_equal(rt->vcpus[0].cores, 1 << 3);
	assert_int_equal(rt->vcpus[2].cores, 1 << 2);
	assert_int_equal(rt->may_hold, 6);
	assert_int_equal(linux_os->may_hold, 0);
	assert_int_equal(other->may_hold, 4);
	assert_true(rt->moves_cores && linux_os->moves_cores && other->moves_cores);
	assert_int_not_equal(rt->manager_intid, 0);
	assert_int_equal(linux_os->manager_intid, linux_os->panel->intid);
	assert_true(!alone->moves_cores && alone->manager_intid == 0);
	model_free(model);
}

/* They are in use all the same. */
TEST(test_cores_that_nobody_has)
{
	struct model *model = good_load("cores-free", 0);
	const struct model_partition *rt = good_partition(model, "rt");
	const struct bundle_shift *shift = &model->shift;
	const struct shiftplan plan = {{"linux", "rt"}, 2, 3};
	char words[SHIFTPLAN_SIZE];

	assert_int_equal(model->core_count, 4);
	assert_int_equal(model->free_cores, 1 << 1 | 1 << 3);
	assert_int_equal(rt->may_hold, 1 << 1 | 1 << 3);
	assert_int_equal(rt->vcpu_count, 3);
	assert_int_equal(shift->least[0], 1);
	assert_int_equal(shift->change[1].to, HOLD_NOBODY);
	assert_string_equal(shiftplan_words(words, &plan, shift),
	                    "06:30 core 1 to linux, 22:00 core 1 to nobody (UTC); never below "
	                    "linux 1, rt 1");
	model_free(model);
}

TEST(test_cores_that_move_of_their_own_accord)
{
	struct model *model = good_load("cores-move", 0);
	const struct bundle_shift *shift = &model->shift;

	assert_int_equal(shift->by_load, 1);
	assert_int_equal(shift->changes, 3);
	assert_int_equal(shift->change[0].minute, 6 * 60 + 30);
	assert_int_equal(shift->change[1].core, 1);
	assert_ptr_equal(&model->partitions[shift->change[0].to], good_partition(model, "linux"));
	assert_ptr_equal(&model->partitions[shift->change[2].to], good_partition(model, "other"));
	assert_int_equal(shift->least[shift->change[0].to], 2);
	assert_int_equal(shift->least[shift->change[1].to], 1);
	model_free(model);
	model = good_load("shared-cores", 0);
	assert_true(model->shift.by_load == 0 && model->shift.changes == 0);
	model_free(model);
}

/* Where vCPUs run: as it is said, or in turn; and who has a core, with its debug registers, alone.
 */
TEST(test_shared_cores)
{
	static const struct {
		const char *name;
		size_t count;
		uint32_t cores[3];
	} want[] = {
	    {"a", 3, {1, 0, 1}},
	    {"b", 2, {1, 2}},
	    {"c", 2, {3, 3}},
	    {"d", 1, {4}},
	};
	struct model *model = good_load("shared-cores", 0);

	assert_int_equal(model->core_count, 5);
	for (size_t i = 0; i < 4; i++) {
		const struct model_partition *p = good_partition(model, want[i].name);

		assert_int_equal(p->vcpu_count, want[i].count);
		for (size_t v = 0; v < p->vcpu_count; v++) {
			assert_int_equal(p->vcpus[v].core, want[i].cores[v]);
			assert_int_equal(p->vcpus[v].affinity, v);
		}
	}
	model_free(model);
}

/* Policies, and the cores that may go off: not the console's, nor a real-time vCPU's. */
TEST(test_power)
{
	struct model *model = good_load("power", 0);
	const struct bundle_power *power = &model->power;
	char words[POWERPLAN_SIZE];

	assert_int_equal(power->policy, POWER_BALANCED);
	assert_int_equal(power->changes, 3);
	assert_int_equal(power->change[1].minute, 6 * 60 + 30);
	assert_int_equal(power->change[2].policy, POWER_ISOLATE);
	assert_true(model->cores[0].takes.busy == 1500 && model->cores[0].takes.idle == 200 &&
	            model->cores[0].takes.off == 5);
	assert_true(model->cores[2].takes.busy == 3000 && model->cores[2].takes.off == 0);
	assert_true(good_partition(model, "control")->manages_power &&
	            !good_partition(model, "linux")->manages_power);
	assert_string_equal(powerplan_words(words, power),
	                    "balanced at start; 00:00 powersave, 06:30 balanced, 23:59 isolate "
	                    "(UTC)");
	assert_int_equal(powerplan_fewest(model), 1u << model->console_core | 1u << 2);
	model_free(model);
	model = good_load("shared-cores", 0);
	assert_string_equal(powerplan_words(words, &model->power), "");
	assert_int_equal(powerplan_fewest(model), 0x1f); /* nobody has another place */
	model_free(model);
}

/* Messages to a partition wake its home: one that stays on, unless the description says which. */
TEST(test_homes)
{
	struct model *model = good_load("power-homes", 0);

	assert_int_equal(model->console_core, 0);
	assert_int_equal(powerplan_fewest(model), 0x5);
	assert_int_equal(good_partition(model, "all")->vcpus[0].core, 0);
	assert_int_equal(good_partition(model, "some")->vcpus[0].core, 2);
	assert_int_equal(good_partition(model, "some")->vcpus[1].core, 2);
	assert_int_equal(good_partition(model, "given")->vcpus[0].core, 3);
	assert_int_equal(good_partition(model, "control")->vcpus[0].core, 2);
	model_free(model);
}

/* As many as there can be, everywhere. */
TEST(test_most_vcpus)
{
	struct model *model = good_load("vcpus-most", 1);
	const struct model_vcpu *tasks = good_partition(model, "tasks")->vcpus;
	size_t count = 0;

	for (size_t i = 0; i < model->partition_count; i++)
		count += model->partitions[i].vcpu_count;
	assert_int_equal(count, BUNDLE_VCPUS_MAX);
	assert_int_equal(tasks[0].priority_low, 180);
	assert_int_equal(tasks[0].priority_high, 220);
	assert_int_equal(tasks[1].priority_high, 200);
	assert_int_equal(tasks[4].cores, 0x30);
	assert_int_equal(tasks[7].on_miss, BUNDLE_MISS_TELL);
	model_free(model);
}

/* What is said of each vCPU: once for all of them, or for each. */
/* How long the only vCPU of a core takes at the worst, in picoseconds. */
static uint64_t good_response(const struct model *model, uint32_t core)
{
	struct promises *all = calloc(1, sizeof(*all));
	struct promise promise;

	assert_non_null(all);
	promises_on(all, model, core);
	promise = promise_deadline(all, &all->rivals[0]);
	free(all);
	assert_int_equal(promise.verdict, PROMISE_KEPT);
	return promise.response;
}

/* The first vCPU is on the fast core; on the other one everything takes twice as long.
 * Shows: boards.speed. */
TEST(test_speeds)
{
	struct model *model = good_load("speeds", 0);
	const struct model_partition *pair = good_partition(model, "pair");
	const uint32_t fast = pair->vcpus[0].core, slow = pair->vcpus[1].core;

	assert_int_equal(model->fastest, 1024);
	assert_int_equal(model->cores[fast].affinity, 1);
	assert_int_equal(model->cores[slow].affinity, 0);
	assert_int_equal(pair->vcpus[0].work_us, 100);
	assert_true(good_response(model, fast) > 100000000);
	assert_true(good_response(model, slow) == 2 * good_response(model, fast));
	model_free(model);
}

/* 300 us of work are 600 on the slower core, of which a budget of 500 is no more there: what is
 * enough of it is by speed, what it is isn't.
 * Shows: boards.speed. */
TEST(test_speeds_and_budgets)
{
	struct model *model = good_load("speeds", 0);
	struct model_vcpu *vcpus = good_partition(model, "pair")->vcpus;
	struct promises *all = calloc(1, sizeof(*all));

	assert_non_null(all);
	for (size_t i = 0; i < 2; i++) {
		vcpus[i].work_us = 300;
		vcpus[i].budget_us = 500;
		vcpus[i].deadline_us = vcpus[i].budget_period_us = 1000;
	}
	promises_on(all, model, vcpus[0].core);
	assert_int_equal(promise_deadline(all, &all->rivals[0]).verdict, PROMISE_KEPT);
	promises_on(all, model, vcpus[1].core);
	assert_int_equal(promise_deadline(all, &all->rivals[0]).verdict, PROMISE_STARVED);
	assert_in_range(promise_deadline(all, &all->rivals[0]).needed, 601, 630);
	vcpus[1].budget_us = 630;
	promises_on(all, model, vcpus[1].core);
	assert_int_equal(promise_deadline(all, &all->rivals[0]).verdict, PROMISE_KEPT);
	free(all);
	model_free(model);
}

/* The second and third core are of a kind of their own, and so is the sixth, which is nobody's.
 * Shows: boards.kind. */
TEST(test_kinds)
{
	struct model *model = good_load("kinds", 0);
	const struct model_partition *large = good_partition(model, "large");
	const struct model_partition *small = good_partition(model, "small");
	static const uint64_t others[] = {0, 3, 4, 6, 7};

	assert_int_equal(large->vcpu_count, 3);
	assert_int_equal(model->cores[large->vcpus[0].core].affinity, 1);
	assert_int_equal(model->cores[large->vcpus[1].core].affinity, 2);
	assert_int_equal(large->may_hold, 1 << 5);
	assert_int_equal(small->vcpu_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(model->cores[small->vcpus[i].core].affinity, others[i]);
	model_free(model);
}

TEST(test_times)
{
	struct model *model = good_load("times", 1);
	const struct model_partition *linux_os = good_partition(model, "linux");
	const struct model_vcpu *rt = good_partition(model, "rt")->vcpus;
	const struct model_vcpu *places = good_partition(model, "places")->vcpus;
	const struct model_vcpu *sure = good_partition(model, "sure")->vcpus;

	assert_int_equal(model->instruction_ps, 1000);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(linux_os->vcpus[i].core, i % 2);
		assert_int_equal(linux_os->vcpus[i].cores, 3);
		assert_int_equal(linux_os->vcpus[i].budget_us, 4000);
		assert_int_equal(linux_os->vcpus[i].budget_period_us, 10000);
		assert_int_equal(linux_os->vcpus[i].flags, 0);
	}
	assert_int_equal(rt[0].priority, 200);
	assert_int_equal(rt[0].priority_low, 200);
	assert_int_equal(rt[0].priority_high, 220);
	assert_int_equal(rt[0].deadline_us, 500);
	assert_int_equal(rt[0].on_miss, BUNDLE_MISS_RESTART);
	assert_int_equal(rt[0].flags, BUNDLE_VCPU_REALTIME);
	assert_int_equal(rt[1].priority, 150);
	assert_int_equal(rt[1].priority_low, 150);
	assert_int_equal(rt[1].priority_high, 150);
	assert_int_equal(rt[1].period_us, 20000);
	assert_int_equal(rt[1].work_us, 2000);
	assert_int_equal(rt[1].deadline_us, 0);
	assert_int_equal(rt[1].on_miss, BUNDLE_MISS_LOG);
	assert_int_equal(rt[1].flags, 0);
	assert_int_equal(sure[0].flags, BUNDLE_VCPU_GUARANTEE | BUNDLE_VCPU_REALTIME);
	/* In turn, as far as they may. */
	assert_int_equal(places[0].core, 3);
	assert_int_equal(places[1].core, 4);
	assert_int_equal(places[2].core, 5);
	assert_int_equal(places[3].core, 5);
	assert_int_equal(places[1].cores, 0x30);
	model_free(model);
}
