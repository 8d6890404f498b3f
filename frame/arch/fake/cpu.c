/* The cores of the fake machine; see fake/cpu.h. */
#include <fake/cpu.h>
#include <frame/gic.h>
#include <frame/layout.h>
#include <frame/tables.h>
#include <kumiki/trace.h>
#include <machine/contexts.h>
#include <machine/firmware.h>
#include <machine/gic_cpu.h>
#include <machine/mail_interrupt.h>
#include <machine/resident.h>
#include <machine/wait.h>
#include <pure/stage2.h>
#include <state/context.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <turn/trap.h>
#include <word/power.h>
#include <word/recover.h>

#define HZ 62500000u

static struct cpu {
	struct fake_sysregs sysregs;
	struct context *running;
	struct fake_cpu_counts counts;
	uint32_t mail;       /* pending messages, a bit for each class */
	uint32_t translated; /* a bit for each vCPU whose translations this core may have */
} cpus[FAKE_CPUS];

/* For each vCPU: its VTTBR_EL2, and the core on which it ran last. */
static struct {
	uint64_t vttbr;
	const struct cpu *at;
} ran[BUNDLE_VCPUS_MAX];

static struct cpu *cpu = &cpus[0];
static struct fake_hooks hooks;
struct fake_sysregs *fake_sysregs = &cpus[0].sysregs;
void (*fake_on_barrier)(void);
void (*fake_on_order)(void);

static void map_layout(void)
{
	void *base = (void *)LAYOUT_BASE;
	size_t size = LAYOUT_END - LAYOUT_BASE;

	if (mmap(base, size, PROT_READ | PROT_WRITE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != base)
		abort();
}

void fake_cpu_reset(struct fake_hooks new)
{
	fake_complaints_forget();
	map_layout();
	((struct trace_ring *)LAYOUT_TRACE)->step = 1;
	memset(cpus, 0, sizeof(cpus));
	memset(ran, 0, sizeof(ran));
	for (uint32_t i = 0; i < FAKE_CPUS; i++) {
		cpus[i].sysregs.cntfrq_el0 = HZ;
		cpus[i].sysregs.pmr = 0xff;
	}
	hooks = new;
	fake_on_barrier = NULL;
	fake_on_order = NULL;
	fake_cpu_on(0);
}

void fake_cpu_on(uint32_t number)
{
	cpu = &cpus[number];
	fake_sysregs = &cpu->sysregs;
}

void fake_time(uint64_t counter)
{
	for (uint32_t i = 0; i < FAKE_CPUS; i++)
		cpus[i].sysregs.cntpct_el0 = counter;
}

struct context *fake_running(void)
{
	return cpu->running;
}

struct fake_cpu_counts fake_cpu_counts(uint32_t number)
{
	return cpus[number].counts;
}

/* ---- contexts ---- */

/* Here VTTBR_EL2 only tells partitions apart. */
void context_init_vcpu(struct context *context, const struct stage2 *s2, uint32_t index,
                       uint32_t priority)
{
	*context = (struct context){
	    .vttbr = (uintptr_t)s2,
	    .kind = CONTEXT_VCPU,
	    .priority = (uint8_t)priority,
	    .trace_id = (uint8_t)index,
	};
}

void context_init_service(struct context *context, enum context_kind kind, const struct stage2 *s2,
                          uint8_t trace_id, uint32_t priority)
{
	(void)s2;
	*context = (struct context){
	    .kind = (uint8_t)kind,
	    .priority = (uint8_t)priority,
	    .trace_id = trace_id,
	};
}

/* No test reads identification registers. */
void sysreg_begin(void)
{
}

/* After a reset no context runs, the EL2 timer is off, and translations are gone. */
void context_init_core(void)
{
	sysreg_write(cnthp_ctl_el2, 0);
	cpu->running = NULL;
	cpu->translated = 0;
}

void tables_leave_start(void)
{
}

static void save(struct context *old)
{
	old->pc = sysreg_read(elr_el2);
	old->pstate = sysreg_read(spsr_el2);
}

/* A vCPU is to run. Its own TLBI reaches only the core that it is on. So translations of other
 * vCPUs of its partition, and its own from before it ran elsewhere, must be gone from this core:
 * complains if they aren't. */
static void translate(const struct context *context)
{
	uint32_t id = context->trace_id, bit = 1u << id;

	if (ran[id].at != cpu && (cpu->translated & bit) != 0)
		fake_complain("vCPU %u finds what it translated before it went elsewhere", id);
	for (uint32_t other = 0; other < BUNDLE_VCPUS_MAX; other++)
		if (other != id && (cpu->translated >> other & 1) != 0 &&
		    ran[other].vttbr == context->vttbr)
			fake_complain("vCPU %u finds what vCPU %u translated", id, other);
	ran[id].vttbr = context->vttbr;
	ran[id].at = cpu;
	cpu->translated |= bit;
}

void resident_forget_translations(uint64_t vttbr)
{
	cpu->counts.forgets++;
	for (uint32_t id = 0; id < BUNDLE_VCPUS_MAX; id++)
		if (ran[id].vttbr == vttbr)
			cpu->translated &= ~(1u << id);
}

void context_switch(struct context *old, struct context *next)
{
	if (next->state != CONTEXT_READY && next->trace_id != TRACE_NO_VCPU)
		fake_complain("context %u runs, but isn't ready", next->trace_id);
	if (old != cpu->running)
		fake_complain("context %u is switched to from one that doesn't run",
		              next->trace_id);
	if (old != NULL && !old->fresh)
		save(old);
	if (next->vttbr != 0 && next->trace_id != TRACE_NO_VCPU)
		translate(next);
	if (next->kind == CONTEXT_VCPU && hooks.enter != NULL)
		hooks.enter(next);
	cpu->counts.resets += next->fresh;
	cpu->counts.switches += next != cpu->running;
	next->fresh = 0;
	cpu->running = next;
	sysreg_write(elr_el2, next->pc);
	sysreg_write(spsr_el2, next->pstate);
}

void resident_exchange_el1(struct resident_el1 *from, const struct resident_el1 *to)
{
	struct resident_el1 loaded = *to;

	from->mark = fake_sysregs->el1;
	from->floating = fake_sysregs->floating;
	from->vbar = fake_sysregs->vbar_el1;
	from->sctlr = fake_sysregs->sctlr_el1;
	fake_sysregs->el1 = loaded.mark;
	fake_sysregs->floating = loaded.floating;
	fake_sysregs->vbar_el1 = loaded.vbar;
	fake_sysregs->sctlr_el1 = loaded.sctlr;
}

/* ---- messages ---- */

void mail_interrupt(uint64_t target, uint32_t rank)
{
	struct cpu *to = &cpus[__builtin_ctzll(target)];

	__atomic_fetch_add(&to->counts.mails, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&to->mail, 1u << rank, __ATOMIC_SEQ_CST);
}

bool fake_mail_arrives(uint32_t number, uint32_t *class_of)
{
	struct cpu *at = &cpus[number];

	for (uint32_t rank = GIC_CLASSES; rank-- > 0;)
		if (gic_priority(rank) < at->sysregs.pmr &&
		    (__atomic_fetch_and(&at->mail, ~(1u << rank), __ATOMIC_SEQ_CST) >> rank & 1) !=
		        0) {
			*class_of = rank;
			return true;
		}
	return false;
}

uint32_t fake_mail_priority(uint32_t number)
{
	struct cpu *at = &cpus[number];
	uint32_t mail = __atomic_load_n(&at->mail, __ATOMIC_SEQ_CST);
	uint32_t priority =
	    mail != 0 ? gic_priority(31u - (uint32_t)__builtin_clz(mail)) : FAKE_MAIL_NONE;

	return priority < at->sysregs.pmr ? priority : FAKE_MAIL_NONE;
}

bool gic_is_pending(void)
{
	return hooks.pending != NULL && hooks.pending();
}

uint32_t gic_pending_first(void)
{
	return hooks.pending_first != NULL ? hooks.pending_first() : 0;
}

uint32_t window_read(pa_t place)
{
	return hooks.window != NULL ? hooks.window(place) : 0;
}

/* ---- the frame gives the core away ---- */

void wait_interrupt(void)
{
	cpu->counts.waits++;
	hooks.wait();
}

int64_t firmware_cpu_off(void)
{
	return hooks.cpu_off();
}

int64_t firmware_cpu_on(uint64_t affinity, uint64_t entry, uint64_t argument)
{
	(void)entry;
	(void)argument;
	return hooks.cpu_on(affinity);
}

/* ---- calls into the start's part ---- */

/* Notes which core is taken for hanging. */
void hung_in_start(uint64_t index)
{
	cpu->counts.hung |= 1u << index;
}

uint64_t update_in_start(uint64_t size)
{
	(void)size;
	return 0;
}

int64_t power_in_start(uint64_t index, uint64_t what)
{
	return hooks.power(index, what);
}

uint64_t mend_in_start(uint64_t piece)
{
	(void)piece;
	return 0;
}

int32_t firmware_workaround(uint32_t number)
{
	(void)number;
	return -1;
}

void firmware_mitigate(uint32_t function)
{
	(void)function;
	cpu->counts.mitigations++;
}

_Noreturn void firmware_off(void)
{
	hooks.off();
	abort();
}

_Noreturn void core_leave(void)
{
	hooks.leave();
	abort();
}
