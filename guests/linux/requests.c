/*
 * Counts the instructions of disk requests of 4 KiB (/bin/requests of the Linux guests, for
 * bench/run.py). `requests DISK BATCHES WARM-UP` reads and writes by turns without Linux's cache.
 * After WARM-UP batches that don't count, it does BATCHES of them. After each it reads the CPU's
 * counter of instructions and the virtual counter. At the end it prints what each batch took of
 * both. All instructions of the CPU count, also of other work in this partition; sleep doesn't.
 */
#include <linux/user.h>

enum {
	SYS_OPENAT = 56,
	SYS_READ = 63,
	SYS_PREAD64 = 67,
	SYS_PWRITE64 = 68,
	SYS_PERF_EVENT_OPEN = 241,
};
enum { AT_FDCWD = -100, O_RDWR = 2, O_DIRECT = 0200000 };
enum { PERF_TYPE_HARDWARE = 0, PERF_COUNT_HW_INSTRUCTIONS = 1, EVERYBODY = -1, FIRST_CPU = 0 };
enum { REQUESTS_BATCH = 50, REQUESTS_SIZE = 4096, REQUESTS_AREA = 1024, REQUESTS_MAX = 4096 };
enum { REQUESTS_USAGE = 200 };

/* Linux's struct perf_event_attr, in the length of its first version. */
struct requests_event {
	uint32_t type, size;
	uint64_t config, period, sample, format, flags;
	uint32_t wakeup, breakpoint;
	uint64_t address;
};
_Static_assert(sizeof(struct requests_event) == 64, "PERF_ATTR_SIZE_VER0");

static uint64_t requests_counts[REQUESTS_MAX + 1], requests_times[REQUESTS_MAX + 1];
static uint8_t requests_data[REQUESTS_SIZE] __attribute__((aligned(REQUESTS_SIZE)));

/* Opens a counter of all instructions of the first CPU: of every process, the kernel and the
 * hypervisor. */
static long requests_counter(void)
{
	static const struct requests_event event = {.type = PERF_TYPE_HARDWARE,
	                                            .size = sizeof(event),
	                                            .config = PERF_COUNT_HW_INSTRUCTIONS};

	return user_must(SYS_PERF_EVENT_OPEN, (long)&event, EVERYBODY, FIRST_CPU, -1);
}

static uint64_t requests_counted(long counter)
{
	uint64_t count = 0;

	user_must(SYS_READ, counter, (long)&count, sizeof(count), 0);
	return count;
}

static void requests_batch(long disk)
{
	for (long i = 0; i < REQUESTS_BATCH; i++)
		user_must(i % 2 ? SYS_PWRITE64 : SYS_PREAD64, disk, (long)requests_data,
		          REQUESTS_SIZE, i * 7 % REQUESTS_AREA * REQUESTS_SIZE);
}

void user_main(const uint64_t *stack)
{
	uint64_t batches, warm_up;
	long counter, disk;

	if (stack[0] != 4)
		user_exit(REQUESTS_USAGE);
	batches = (uint64_t)user_number((const char *)stack[3]);
	warm_up = (uint64_t)user_number((const char *)stack[4]);
	if (batches > REQUESTS_MAX)
		user_exit(REQUESTS_USAGE);
	disk = user_must(SYS_OPENAT, AT_FDCWD, (long)stack[2], O_RDWR | O_DIRECT, 0);
	counter = requests_counter();
	for (uint64_t i = 0; i <= batches; i++)
		requests_counts[i] = requests_times[i] = UINT64_MAX; /* touches their pages */
	for (uint64_t i = 0; i < warm_up; i++)
		requests_batch(disk);
	for (uint64_t i = 0; i < batches; i++) {
		requests_counts[i] = requests_counted(counter);
		requests_times[i] = user_counter();
		requests_batch(disk);
	}
	requests_counts[batches] = requests_counted(counter);
	requests_times[batches] = user_counter();
	for (uint64_t i = 0; i < batches; i++) {
		user_print("requests", "batch", requests_counts[i + 1] - requests_counts[i]);
		user_print("requests", "ticks", requests_times[i + 1] - requests_times[i]);
	}
	user_exit(0);
}
