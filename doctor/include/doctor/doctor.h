/*
 * The doctor: a program at EL2 that finds out whether a board can do what the frame wants of it. It
 * is linked with the frame's own drivers, so what these complain of is a defect. What its files
 * share.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include <frame/hardware.h>
#include <frame/layout.h>
#include <frame/print.h>
#include <frame/types.h>
#include <kumiki/doctor.h>
#include <machine/sysreg.h>

/* The facts are mapped where the frame has its bundle. */
#define told_facts ((const struct doctor_facts *)LAYOUT_BUNDLE)
#define told_board (&told_facts->bundle.board)

/* Where the image lies. */
uint64_t doctor_image(void);
/* The physical address of what is in the image. */
uint64_t doctor_place_of(const volatile void *at);
/* Memory of the image's own, at its physical address, as zeros. */
void *doctor_take(uint64_t size);
/* Maps what a core has of the GIC, at gic_find_core()'s address, in place of another core's. */
void doctor_map_core(uint64_t found);
/* Maps a stack for this core, once. Returns its top. */
uint64_t doctor_stack(uint32_t index);
/* After an exception in window_read() or window_write(). */
void doctor_close_window(void);
/* Lets errors of the memory system come to this core. */
void doctor_settle(void);

/* ---- report.c ---- */

enum report_kind {
	REPORT_GOOD,
	REPORT_DEFECT,
	REPORT_NOTE, /* no check */
};

/* A line of the report: print() says what it has, and report_end() ends it. False: it counts, and
 * isn't told. */
bool report_begin(enum report_kind kind);
void report_end(void);
#define report_line(kind, ...)                                                                     \
	do {                                                                                       \
		if (report_begin(kind)) {                                                          \
			print(__VA_ARGS__);                                                        \
			report_end();                                                              \
		}                                                                                  \
	} while (0)
#define report_good(...)   report_line(REPORT_GOOD, __VA_ARGS__)
#define report_defect(...) report_line(REPORT_DEFECT, __VA_ARGS__)
#define report_note(...)   report_line(REPORT_NOTE, __VA_ARGS__)

/* What the lines are about, and what to do when an exception or the frame's code ends the check. */
struct check {
	const char *name;
	const char *remedy;
	const char *needs; /* it isn't made if a check of this name has found a defect; or 0 */
	void (*run)(void);
};

/* Makes a check. Returns how many defects it found. An exception is one. */
uint32_t report_check(const struct check *check);
/* How many checks there were until now. */
uint32_t report_checks(void);
/* The checks of this name found no defect, and were made. */
bool report_is_sound(const char *name);
/* From now on the lines are those of another core, or of the first one. */
void report_of_other(uint32_t core, bool defects_alone);
void report_of_first(void);
/* The report's last line. */
void report_sum(void);

/* ---- attempt.S ---- */

bool attempt(void (*function)(void *), void *argument);
_Noreturn void attempt_leave(void);
/* False, as what runs there never returns. */
bool attempt_at_el1(uint64_t entry, uint64_t argument);

/* ---- exception.c ---- */

/* What ended an attempt. */
struct exception {
	uint64_t kind, esr, far, elr;
	uint64_t answer;   /* x0 of EL1 */
	const char *frame; /* or the words of the frame's code */
};
extern struct exception exception_last;

enum exception_kind {
	EXCEPTION_OWN, /* at EL2, synchronous */
	EXCEPTION_FIQ,
	EXCEPTION_SERROR,
	EXCEPTION_GUEST,       /* synchronous, from EL1 */
	EXCEPTION_INTERRUPTED, /* an interrupt, while EL1 ran */
	EXCEPTION_FRAME,       /* stop_machine() */
};

/* Says what it was, in a line that report_begin() began. */
void exception_tell(void);

/* ---- wait.c ---- */

/* A wait that ends by the counter; or, if that stands still, by the number of looks. */
struct wait {
	uint64_t begin, ticks, looks;
};

/* How often the counter ticks in a second, as far as anybody says. */
uint64_t wait_hz(void);
struct wait wait_for(uint64_t us);
bool wait_goes_on(struct wait *wait);
/* The counter, read behind all instructions before. */
uint64_t wait_now(void);
/* Ticks as nanoseconds. */
uint64_t wait_ns(uint64_t ticks);

/* ---- the checks, in the order of main.c ---- */

/* This core's affinity, as a board file has it. */
uint64_t cpu_affinity(void);
bool cpu_has_pmu(void);
/* Cores wait in a spin table: there is no PSCI. */
bool cores_spin(void);

void cpu_level(void);
void cpu_kind(void);
void cpu_features(void);
void cpu_caches(void);
void counter_frequency(void);
void counter_ticks(void);
void counter_clock(void);
void interrupts_distributor(void);
void interrupts_interface(void);
void interrupts_timers(void);
void interrupts_list(void);
void firmware_kind(void);
void cores_start(void);
void smmu_answers(void);
void memory_banks(void);
void speed_measure(void);
void promises_tell(void);

/* Of one core. */
extern const struct check checks_of_core[];
extern const uint32_t checks_of_core_count;

#endif
