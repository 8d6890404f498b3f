/*
 * The kernel's own end. It reports the crash, brings the other CPUs to rest, leaves word for the
 * next kernel, and lays that kernel out from the copy in the boot image (docs/rtos/recovery.md).
 * Everything here may run in a kernel whose data is broken. So it follows few pointers, and after a
 * crash in here the next step comes (vectors.S).
 */
#include <kernel/first.h>
#include <kernel/kept.h>
#include <kernel/layout.h>
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <machine/console.h>
#include <machine/cpu.h>
#include <machine/gic.h>
#include <machine/memory.h>
#include <machine/offsets.h>
#include <machine/start.h>

#define CRASH_ALL_REST_MS 1000 /* for the other CPUs to come to rest */

/* A CPU's registers, as the exception found them. The assembler knows the places. */
struct crash_saved {
	struct registers registers;
	uint64_t esr, far;
	uint64_t depth; /* exceptions of this CPU so far */
	uint64_t reserved[27];
};
_Static_assert(sizeof(struct crash_saved) == 1 << SAVED_SHIFT &&
                   offsetof(struct crash_saved, esr) == 272 &&
                   offsetof(struct crash_saved, depth) == SAVED_DEPTH,
               "the assembler knows it");
_Static_assert(offsetof(struct rtos_image, image_size) == IMAGE_SIZE, "the assembler knows it");
_Static_assert(offsetof(struct kept, kernel) == 0 && offsetof(struct kept, tree) == 8,
               "the assembler knows it");

struct crash_saved crash_saved[RTOS_CPUS_MAX];
uint32_t crash_first; /* 1: a CPU has crashed */

static struct {
	bool ready;       /* a crash leads to a new kernel */
	const char *what; /* what the kernel found; NULL: an exception */
	struct rtos_kernel_crash record;
} crash;

extern char kernel_text[], kernel_rodata[], kernel_end[], boot_tables[], boot_again[];

_Noreturn void crash_report(const struct crash_saved *saved);
_Noreturn void crash_again(const struct crash_saved *saved, uint64_t depth);
_Noreturn void boot_leave(uint64_t left, uint64_t entry, uint64_t distance);

void crash_ready(void)
{
	crash.ready = true;
}

/* ---- ends without a new kernel ---- */

static _Noreturn void power(const char *what, const char *then, enum rtos_power how)
{
	console_say("kumiki-rtos: %s\nkumiki-rtos: the machine %s\n", what, then);
	machine_set_power(how);
	for (;;)
		__asm__ volatile("wfe");
}

void crash_stop(const char *what)
{
	power(what, "stops here", RTOS_POWER_OFF);
}

void crash_reset(const char *what)
{
	power(what, "is reset; nothing is kept", RTOS_POWER_ANEW);
}

/* ---- the report ---- */

/* Whether the pointer looks like one to an object of the kernel. */
static bool is_object(const void *pointer)
{
	const char *at = pointer;

	return ((uint64_t)at & (OBJECT_SMALL - 1)) == 0 && at >= memory.at &&
	       at < memory.at + (memory.pages << PAGE_SHIFT);
}

/* Notes the program and thread for which the kernel worked. */
static void find_program(struct rtos_kernel_crash *record, const struct cpu *cpu)
{
	const struct thread *thread = cpu->current;

	if (!is_object(thread) || !is_object(thread->process))
		return;
	record->thread = thread->number;
	memcpy(record->program, thread->process->name, sizeof(record->program));
}

/* Notes the addresses of the kernel's text on this CPU's stack. Some may be left over from before.
 */
static void find_callers(struct rtos_kernel_crash *record, const struct cpu *cpu)
{
	const uint64_t end = (uint64_t)cpu->stack & ~7ULL;
	const uint64_t sp = record->x[RTOS_CRASH_SP];

	if (sp > end || end - sp > LAYOUT_STACK_SIZE)
		return;
	for (const uint64_t *at = (const uint64_t *)((sp + 7) & ~7ULL);
	     at < (const uint64_t *)end && record->caller_count < RTOS_CRASH_CALLERS; at++)
		if (*at >= (uint64_t)kernel_text && *at < (uint64_t)kernel_rodata)
			record->callers[record->caller_count++] = *at;
}

static void fill_record(struct rtos_kernel_crash *record, const struct cpu *cpu,
                        const struct crash_saved *saved)
{
	const char *what = crash.what != NULL ? crash.what : "exception in the kernel";

	record->starts = kept != NULL ? kept->last.starts + 1 : 1;
	record->counter = machine_time();
	record->esr = saved->esr;
	record->far = saved->far;
	memcpy(record->x, &saved->registers, sizeof(record->x));
	record->cpu = cpu->index;
	for (uint32_t i = 0; i < sizeof(record->what) - 1 && what[i] != '\0'; i++)
		record->what[i] = what[i];
	find_program(record, cpu);
	find_callers(record, cpu);
}

static void say_registers(const struct rtos_kernel_crash *record)
{
	console_say("kumiki-rtos:");
	for (uint32_t i = 0; i < RTOS_CRASH_SP; i++)
		if (record->x[i] != 0)
			console_say(" x%u=%x", (uint64_t)i, record->x[i]);
	console_say(" sp=%x pstate=%x\n", record->x[RTOS_CRASH_SP], record->x[RTOS_CRASH_PSTATE]);
}

static void say_record(const struct rtos_kernel_crash *record)
{
	char program[sizeof(record->program) + 1] = "";

	memcpy(program, record->program, sizeof(record->program));
	console_say("kumiki-rtos: CPU %u: %s at %x (from %x), syndrome %x, address %x\n",
	            (uint64_t)record->cpu, record->what, record->x[RTOS_CRASH_PC], record->x[30],
	            record->esr, record->far);
	if (program[0] != '\0')
		console_say("kumiki-rtos: it worked for thread %u of %s\n",
		            (uint64_t)record->thread, program);
	say_registers(record);
	if (record->caller_count > 0)
		console_say("kumiki-rtos: returns to");
	for (uint32_t i = 0; i < record->caller_count; i++)
		console_say(" %x", record->callers[i]);
	if (record->caller_count > 0)
		console_say("\n");
}

/* ---- the other CPUs ---- */

void crash_rest(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	firmware_cpu_off();
	for (;;)
		__asm__ volatile("wfe");
}

static void await_rest(uint32_t cpu, uint64_t end)
{
	while (!firmware_cpu_is_off(gic_affinity_of(cpu))) {
		if (machine_time() > end)
			crash_reset("a CPU doesn't come to rest");
		__asm__ volatile("yield");
	}
}

/* Has the other CPUs come to rest. A CPU that waits for the lock sees `resting`; another one is
 * interrupted and sees it then. */
static void rest_others(const struct cpu *self)
{
	const uint64_t end = machine_time() + CRASH_ALL_REST_MS * machine_hz() / 1000;
	const uint32_t count = cpu_count <= RTOS_CPUS_MAX ? cpu_count : RTOS_CPUS_MAX;

	__atomic_store_n(&lock_kernel.resting, 1, __ATOMIC_SEQ_CST);
	__asm__ volatile("dsb sy\n\tsev" ::: "memory");
	for (uint32_t i = 0; i < count; i++)
		if (i != self->index)
			machine_kick(i);
	for (uint32_t i = 0; i < count; i++)
		if (i != self->index)
			await_rest(i, end);
}

/* ---- the next kernel ---- */

static uint64_t pa_of_kernel(void)
{
	__asm__ volatile("at s1e1r, %0\n\tisb" : : "r"(kernel_text));
	return sysreg_read(par_el1) & TABLE_ADDRESS;
}

/* Makes the identity of the kernel's block in the boot's tables. It is read-only: no page may be
 * writable and executable now. */
static void make_identity(uint64_t image)
{
	uint64_t *root = (uint64_t *)(void *)boot_tables, *below = root + TABLE_ENTRIES;

	root[TABLE_INDEX(1, image)] =
	    (image + (uint64_t)((char *)below - kernel_text)) | TABLE_TABLE;
	below[TABLE_INDEX(2, image)] =
	    image | TABLE_BLOCK | TABLE_NORMAL | TABLE_ACCESSED | TABLE_READ_ONLY;
	__asm__ volatile("dsb sy" ::: "memory");
}

/* Enters the next kernel on the first CPU, so that CPUs keep their numbers. */
static _Noreturn void begin_anew(const struct cpu *self)
{
	const struct rtos_image *image = (const struct rtos_image *)(const void *)kernel_end;
	const uint64_t pa = pa_of_kernel();
	const uint64_t entry = pa + (uint64_t)(kernel_end - kernel_text) +
	                       rtosimage_kernel(image)->offset +
	                       (uint64_t)(boot_again - kernel_text);
	const uint64_t left = kept->at;

	machine_flush_page(kept);
	if (self->index == 0) {
		make_identity(pa);
		boot_leave(left, entry, pa - (uint64_t)kernel_text);
	}
	if (firmware_cpu_on(gic_affinity_of(0), entry, left) != 0)
		crash_reset("the first CPU doesn't begin anew");
	crash_rest();
}

static _Noreturn void go_on(const struct cpu *self)
{
	if (!crash.ready || kept == NULL)
		crash_stop("nothing can begin anew");
	rest_others(self);
	if (!kept_leave(&crash.record))
		crash_stop("the kernel crashes again and again");
	begin_anew(self);
}

/* ---- from the vectors ---- */

void crash_report(const struct crash_saved *saved)
{
	const struct cpu *self = machine_cpu();

	sysreg_write(cntv_ctl_el0, 0);
	fill_record(&crash.record, self, saved);
	say_record(&crash.record);
	go_on(self);
}

/* An exception in here. The second exception ends the report, and the way to a new kernel follows.
 * The third resets the machine. */
void crash_again(const struct crash_saved *saved, uint64_t depth)
{
	const struct cpu *self = machine_cpu();

	if (crash.record.cpu != self->index && depth == 2)
		crash_rest();
	if (depth == 2) {
		console_say("\nkumiki-rtos: the report ends: syndrome %x at %x\n",
		            sysreg_read(esr_el1), sysreg_read(elr_el1));
		go_on(self);
	}
	if (depth == 3)
		crash_reset("the kernel can't end");
	machine_set_power(RTOS_POWER_ANEW);
	(void)saved;
	for (;;)
		__asm__ volatile("wfe");
}

/* ---- found by the kernel ---- */

void crash_end(const char *what)
{
	crash.what = what;
	__asm__ volatile("brk #0" ::: "memory");
	crash_stop(what);
}

void crash_stuck(void)
{
	crash_end("another CPU has had the kernel's lock for seconds");
}
