/*
 * The virtual GIC against a reference of a few lines: three vCPUs, devices and messages in random
 * order. The guest has to read and take what the reference says, each interrupt has to be in one
 * place after every step, and in the end nothing may be left. A seed repeats its run.
 *
 * Shows: guests.gic, moves.keeps.
 */
#include "vgic_machine.h"

#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define SEEDS    60
#define STEPS    1500
#define SPURIOUS FAKE_GIC_SPURIOUS
#define EDGES    64 /* the number of them, from the first one on */
#define EDGES_N  14
#define LEVELS   100
#define LEVELS_N 3
#define SGIS     4

/* One interrupt, as the architecture has it. */
struct reference {
	bool pending; /* latched; an edge's only kind */
	bool line, was_high;
	bool active, by_hand;
	bool enabled;
	uint8_t route;
	uint8_t level; /* of priority */
};

/* A vCPU's active interrupts: those before their priority drop, in order, and those after it. */
struct guest {
	bool on, apart;
	uint32_t stack[40], depth;
	uint32_t late[64], late_n;
	bool sgi_pending[SGIS], sgi_active[SGIS];
	bool sgi_again[SGIS]; /* sent while pending: one still, unless that was taken meanwhile */
	uint8_t sgi_level[SGIS];
};

static struct reference spi[128];
static struct guest guest[MACHINE_VCPUS];
static bool groups_on;
static bool settled; /* all cores have taken all that was on its way */
static uint64_t seed_state;
static uint32_t seed_now, step_now;

static uint32_t random_below(uint32_t limit)
{
	seed_state = seed_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(seed_state >> 33) % limit;
}

#define EXPECT(condition, ...)                                                                     \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			print_error("seed %u, step %u: ", seed_now, step_now);                     \
			print_error(__VA_ARGS__);                                                  \
			fail();                                                                    \
		}                                                                                  \
	} while (0)

static bool is_edge(uint32_t intid)
{
	return intid >= EDGES && intid < EDGES + EDGES_N;
}

static bool is_wired(uint32_t intid)
{
	return intid == MACHINE_UART || intid == MACHINE_RTC;
}

static uint32_t random_spi(void)
{
	uint32_t n = random_below(EDGES_N + LEVELS_N + 2);

	if (n < EDGES_N)
		return EDGES + n;
	n -= EDGES_N;
	if (n < LEVELS_N)
		return LEVELS + n;
	return n == LEVELS_N ? MACHINE_UART : MACHINE_RTC;
}

static uint32_t random_on(void)
{
	uint32_t v = random_below(MACHINE_VCPUS);

	return guest[v].on ? v : 0;
}

static uint32_t group_of(uint32_t base, uint32_t intid)
{
	return base + intid / 32 * 4;
}

static bool is_pending(uint32_t intid)
{
	return spi[intid].pending || (!is_edge(intid) && spi[intid].line);
}

/*
 * A physical level that fell after it was taken at EL2 is pending still; one of an emulated device
 * is, until its vCPU's core has heard of it.
 */
static bool may_have_fallen(uint32_t intid)
{
	return !is_edge(intid) && spi[intid].was_high && !(settled && is_wired(intid));
}

static void note_high(uint32_t intid)
{
	if (is_pending(intid))
		spi[intid].was_high = true;
}

static void settle(void)
{
	machine_settle();
	settled = true;
	for (uint32_t v = 0; v < MACHINE_VCPUS; v++)
		for (uint32_t n = 0; n < SGIS; n++)
			guest[v].sgi_again[n] &= !guest[v].sgi_pending[n];
}

/* ---- the start ---- */

static void open_private(uint32_t v)
{
	machine_private_write(v, v, 0x080, 0xffffffff);
	machine_private_write(v, v, 0x100, 0xffffffff);
	for (uint32_t i = 0; i < SGIS; i++)
		machine_priority(v, i, (uint8_t)(guest[v].sgi_level[i] << 3));
	machine_on(v);
	fake_guest_apart(guest[v].apart);
}

static void begin(uint32_t seed)
{
	memset(spi, 0, sizeof(spi));
	memset(guest, 0, sizeof(guest));
	seed_now = seed;
	seed_state = seed;
	machine_start(seed % 3 == 0 ? 2 : 4);
	machine_write(0, 0x000, 2);
	groups_on = true;
	for (uint32_t word = 1; word < 4; word++)
		machine_write(0, 0x080 + 4 * word, 0xffffffff);
	machine_write(0, 0xc10, 0xaaaaaaaa);
	for (uint32_t intid = 32; intid < 128; intid++) {
		spi[intid].level = (uint8_t)(2 + random_below(28));
		machine_priority(0, intid, (uint8_t)(spi[intid].level << 3));
	}
	for (uint32_t v = 0; v < MACHINE_VCPUS; v++) {
		guest[v].on = true;
		guest[v].apart = (seed + v) % 2 != 0;
		for (uint32_t i = 0; i < SGIS; i++)
			guest[v].sgi_level[i] = (uint8_t)(2 + random_below(28));
		machine_vcpu_on(v);
		open_private(v);
	}
}

/* ---- devices ---- */

/* A device's second edge before the first is taken may count as a second interrupt: not tried. */
static void do_device(void)
{
	uint32_t intid = random_spi();

	if (is_edge(intid)) {
		if (!spi[intid].pending)
			fake_gic_pulse(intid);
		spi[intid].pending = true;
		return;
	}
	spi[intid].line = random_below(2) != 0;
	if (is_wired(intid))
		machine_line(random_on(), intid, spi[intid].line);
	else
		fake_gic_line(intid, spi[intid].line);
	note_high(intid);
}

/* ---- registers ---- */

static void do_read(void)
{
	uint32_t intid = random_spi(), v = random_on(), pending, active;

	if (random_below(2) != 0)
		settle();
	pending = (uint32_t)machine_read(v, group_of(0x200, intid)) >> intid % 32 & 1;
	active = (uint32_t)machine_read(v, group_of(0x300, intid)) >> intid % 32 & 1;

	EXPECT(active == spi[intid].active, "%u reads active %u\n", intid, active);
	if (pending != is_pending(intid))
		EXPECT(pending && may_have_fallen(intid), "%u reads pending %u\n", intid, pending);
}

static void do_enable(void)
{
	uint32_t intid = random_spi();

	spi[intid].enabled = random_below(4) != 0;
	machine_write(random_on(), group_of(spi[intid].enabled ? 0x100 : 0x180, intid),
	              1u << intid % 32);
}

static void do_pending(void)
{
	uint32_t intid = random_spi();

	spi[intid].pending = random_below(3) != 0;
	machine_write(random_on(), group_of(spi[intid].pending ? 0x200 : 0x280, intid),
	              1u << intid % 32);
	if (!spi[intid].pending)
		spi[intid].was_high = false;
	note_high(intid);
}

/* A guest ends its active interrupts by its CPU interface: docs/inside/interrupts.md, limits. */
static void do_active(void)
{
	uint32_t intid = random_spi();

	if (spi[intid].active && !spi[intid].by_hand)
		return;
	spi[intid].by_hand = spi[intid].active = random_below(2) != 0;
	machine_write(random_on(), group_of(spi[intid].active ? 0x300 : 0x380, intid),
	              1u << intid % 32);
}

static void do_route(void)
{
	uint32_t intid = random_spi();

	spi[intid].route = (uint8_t)random_below(MACHINE_VCPUS);
	machine_route(random_on(), intid, spi[intid].route);
}

static void do_groups(void)
{
	groups_on = random_below(3) != 0;
	machine_write(random_on(), 0x000, groups_on ? 2 : 0);
}

static void do_sgi(void)
{
	uint32_t n = random_below(SGIS), targets = random_below(1u << MACHINE_VCPUS);

	machine_sgi(random_on(), n, targets);
	for (uint32_t v = 0; v < MACHINE_VCPUS; v++)
		if ((targets >> v & 1) != 0 && guest[v].on) {
			guest[v].sgi_again[n] |= guest[v].sgi_pending[n];
			guest[v].sgi_pending[n] = true;
		}
}

/* ---- the CPU interface ---- */

static bool may_come(uint32_t v, uint32_t intid)
{
	return is_pending(intid) && !spi[intid].active && spi[intid].enabled && groups_on &&
	       spi[intid].route == v;
}

static void check_taken(uint32_t v, uint32_t intid)
{
	EXPECT(!spi[intid].active && spi[intid].enabled && groups_on && spi[intid].route == v,
	       "%u comes to vCPU %u, but may not\n", intid, v);
	EXPECT(is_pending(intid) || may_have_fallen(intid), "%u comes, but isn't pending\n", intid);
	spi[intid].pending = spi[intid].was_high = false;
	spi[intid].active = true;
	note_high(intid);
}

static void check_taken_sgi(uint32_t v, uint32_t n)
{
	EXPECT((guest[v].sgi_pending[n] || guest[v].sgi_again[n]) && !guest[v].sgi_active[n] &&
	           groups_on,
	       "SGI %u comes to vCPU %u, but may not\n", n, v);
	if (!guest[v].sgi_pending[n])
		guest[v].sgi_again[n] = false;
	guest[v].sgi_pending[n] = false;
	guest[v].sgi_active[n] = true;
}

static uint32_t level_of(uint32_t v, uint32_t intid)
{
	return intid < SGIS ? guest[v].sgi_level[intid] : spi[intid].level;
}

/* Nothing more urgent was passed over. */
static void check_order(uint32_t v, uint32_t taken)
{
	uint32_t limit = taken == SPURIOUS ? 32 : level_of(v, taken);

	if (guest[v].depth > 0 && limit > level_of(v, guest[v].stack[guest[v].depth - 1]))
		limit = level_of(v, guest[v].stack[guest[v].depth - 1]);
	for (uint32_t intid = 32; intid < 128; intid++)
		EXPECT(!may_come(v, intid) || spi[intid].level >= limit,
		       "%u was passed over at vCPU %u, where %u came\n", intid, v, taken);
	for (uint32_t n = 0; n < SGIS && groups_on; n++)
		EXPECT(!guest[v].sgi_pending[n] || guest[v].sgi_active[n] ||
		           guest[v].sgi_level[n] >= limit,
		       "SGI %u was passed over at vCPU %u, where %u came\n", n, v, taken);
}

static uint32_t acknowledge(uint32_t v)
{
	struct guest *g = &guest[v];
	uint32_t intid = machine_acknowledge(v);

	if (settled)
		check_order(v, intid);
	if (intid == SPURIOUS)
		return intid;
	if (intid < SGIS)
		check_taken_sgi(v, intid);
	else
		check_taken(v, intid);
	g->stack[g->depth++] = intid;
	return intid;
}

static void ended(uint32_t v, uint32_t intid)
{
	if (intid < SGIS)
		guest[v].sgi_active[intid] = false;
	else
		spi[intid].active = false;
}

static void end(uint32_t v)
{
	struct guest *g = &guest[v];
	uint32_t intid = g->stack[--g->depth];

	machine_end(v, intid);
	if (g->apart)
		g->late[g->late_n++] = intid;
	else
		ended(v, intid);
}

static void deactivate(uint32_t v)
{
	struct guest *g = &guest[v];
	uint32_t i = random_below(g->late_n);
	uint32_t intid = g->late[i];

	machine_deactivate(v, intid);
	g->late[i] = g->late[--g->late_n];
	ended(v, intid);
}

/* A guest does some of what it can do; it hears of nothing new unless `settled`. */
static void do_guest(void)
{
	uint32_t v = random_on();
	struct guest *g = &guest[v];

	if (random_below(2) != 0)
		settle();
	switch (random_below(3)) {
	case 0:
		(void)acknowledge(v);
		break;
	case 1:
		if (g->depth > 0)
			end(v);
		break;
	default:
		if (g->late_n > 0)
			deactivate(v);
		break;
	}
}

static void finish_all(uint32_t v)
{
	while (guest[v].depth > 0)
		end(v);
	while (guest[v].late_n > 0)
		deactivate(v);
}

/* ---- a vCPU goes off, sometimes with interrupts in hand ---- */

static void do_power(void)
{
	struct guest *g = &guest[2];

	if (!g->on) {
		g->on = true;
		machine_vcpu_on(2);
		open_private(2);
		return;
	}
	if (random_below(2) != 0)
		finish_all(2);
	for (uint32_t i = 0; i < g->depth; i++)
		spi[g->stack[i]].by_hand = g->stack[i] >= 32;
	for (uint32_t i = 0; i < g->late_n; i++)
		spi[g->late[i]].by_hand = g->late[i] >= 32;
	g->on = false;
	g->depth = g->late_n = 0;
	memset(g->sgi_pending, 0, sizeof(g->sgi_pending));
	memset(g->sgi_again, 0, sizeof(g->sgi_again));
	memset(g->sgi_active, 0, sizeof(g->sgi_active));
	machine_vcpu_off(2);
}

/* ---- runs ---- */

static void step(void)
{
	uint32_t what = random_below(100);

	settled = false;
	if (what < 18)
		do_device();
	else if (what < 28)
		do_read();
	else if (what < 36)
		do_enable();
	else if (what < 42)
		do_pending();
	else if (what < 46)
		do_active();
	else if (what < 51)
		do_route();
	else if (what < 53)
		do_groups();
	else if (what < 58)
		do_sgi();
	else if (what < 59)
		do_power();
	else if (what < 75)
		machine_interrupt(random_below(MACHINE_VCPUS));
	else
		do_guest();
}

/* All is enabled, and everything that is pending comes once and no more. */
static void finish(void)
{
	bool any;

	if (!guest[2].on)
		do_power();
	for (uint32_t v = 0; v < MACHINE_VCPUS; v++)
		finish_all(v);
	groups_on = true;
	machine_write(0, 0x000, 2);
	for (uint32_t word = 1; word < 4; word++) {
		machine_write(0, 0x380 + 4 * word, 0xffffffff);
		machine_write(0, 0x100 + 4 * word, 0xffffffff);
	}
	for (uint32_t intid = 32; intid < 128; intid++) {
		spi[intid].active = spi[intid].by_hand = false;
		spi[intid].enabled = true;
		if (!spi[intid].line)
			continue;
		spi[intid].line = false;
		if (is_wired(intid))
			machine_line(0, intid, false);
		else
			fake_gic_line(intid, false);
	}
	do {
		any = false;
		for (uint32_t v = 0; v < MACHINE_VCPUS; v++) {
			settle();
			any = acknowledge(v) != SPURIOUS || any;
			finish_all(v);
		}
	} while (any);
	for (uint32_t intid = 32; intid < 128; intid++)
		EXPECT(!spi[intid].pending, "%u was lost\n", intid);
}

TEST(test_random)
{
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		begin(seed);
		for (step_now = 0; step_now < STEPS; step_now++) {
			step();
			EXPECT(machine_breach() == NULL, "%s\n", machine_breach());
		}
		finish();
		EXPECT(machine_breach() == NULL, "%s\n", machine_breach());
	}
	assert_true(machine_again > 0);
}
