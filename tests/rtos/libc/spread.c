/*
 * Threads that compute with FP registers, and periodic threads that do, on both CPUs at the same
 * time: each result is the same, to the bit, as one that is computed alone. Nothing here depends on
 * how fast the machine is: the first thread is the most urgent (spread.dts), as jobs that take
 * longer than their period leave the less urgent nothing. It waits for the jobs' word and looks at
 * no clock, as a sleep that takes longer than its time would leave the jobs nothing.
 */
#include <libc/expect.h>
#include <math.h>
#include <pthread.h>
#include <rt.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>

#define CPUS      2
#define COMPUTERS 3 /* on each CPU */
#define STEPS     300
#define JOBS      20
#define PERIOD    10000000 /* longer than a slow host needs to enter the kernel */

/* A chaotic sequence: one wrong bit of one register is seen at its end. */
struct sequence {
	double x, sum;
	float y;
};

static void step(struct sequence *at)
{
	at->x = 3.9 * at->x * (1.0 - at->x);
	at->y = 3.7f * at->y * (1.0f - at->y);
	at->sum += sqrt(at->x) / (double)(at->y + 1.0f);
}

static struct sequence begin(int number)
{
	return (struct sequence){.x = 0.1 + number * 0.01, .y = 0.2f + (float)number * 0.01f};
}

/* Before anybody else runs. */
static struct sequence after(int number, uint64_t steps)
{
	struct sequence at = begin(number);

	for (uint64_t i = 0; i < steps; i++)
		step(&at);
	return at;
}

static bool is_same(const struct sequence *one, const struct sequence *other)
{
	return one->x == other->x && one->y == other->y && one->sum == other->sum;
}

/* ---- threads ---- */

static volatile bool jobs_done;
static int rounds[CPUS * COMPUTERS], wrong[CPUS * COMPUTERS];

/* Again and again, until the periodic threads have had their jobs; others of the CPU in between. */
static void *compute(void *argument)
{
	const int number = *(const int *)argument;
	const struct sequence wanted = after(number, STEPS);

	do {
		struct sequence at = begin(number);

		for (int i = 0; i < STEPS; i++) {
			step(&at);
			if (i % 8 == 0)
				(void)sched_yield();
		}
		rounds[number]++;
		wrong[number] += !is_same(&at, &wanted);
	} while (!jobs_done);
	return NULL;
}

static pthread_t computer(const int *number)
{
	const struct sched_param parameters = {.sched_priority = 100};
	pthread_attr_t attributes;
	pthread_t thread = NULL;

	expect(pthread_attr_init(&attributes) == 0);
	expect(pthread_attr_setschedparam(&attributes, &parameters) == 0);
	expect(pthread_attr_setcpu_np(&attributes, *number % CPUS) == 0);
	expect(pthread_create(&thread, &attributes, compute, (void *)number) == 0);
	return thread;
}

/* ---- periodic threads ---- */

static struct job {
	struct rt_periodic periodic;
	struct sequence at;
	sem_t enough;
	int64_t first;
	int early;
} jobs[CPUS];

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* Releases that passed are skipped, so it can be late, never early. */
static void next_step(void *argument)
{
	struct job *job = argument;
	const int64_t release =
	    job->first + (int64_t)(job->periodic.counts.jobs - 1) * job->periodic.period;

	job->early += now() < release - 16;
	step(&job->at);
	if (job->periodic.counts.jobs == JOBS)
		(void)sem_post(&job->enough);
}

static void start(int cpu)
{
	struct job *job = &jobs[cpu];

	job->at = begin(cpu);
	expect(sem_init(&job->enough, 0, 0) == 0);
	job->first = now() + PERIOD;
	job->periodic = (struct rt_periodic){.job = next_step,
	                                     .argument = job,
	                                     .first = job->first,
	                                     .period = PERIOD + 777 * cpu,
	                                     .priority = 110 + cpu,
	                                     .cpu = cpu,
	                                     .over_priority = -1};
	expect(rt_periodic_start(&job->periodic) == 0);
}

static void stop(int cpu)
{
	struct job *job = &jobs[cpu];
	struct sequence wanted;

	expect(sem_wait(&job->enough) == 0);
	expect(rt_periodic_stop(&job->periodic) == 0);
	wanted = after(cpu, job->periodic.counts.jobs);
	expect(is_same(&job->at, &wanted) && job->early == 0);
}

int main(void)
{
	int numbers[CPUS * COMPUTERS];
	pthread_t threads[CPUS * COMPUTERS];

	for (int i = 0; i < CPUS * COMPUTERS; i++) {
		numbers[i] = i;
		threads[i] = computer(&numbers[i]);
	}
	for (int cpu = 0; cpu < CPUS; cpu++)
		start(cpu);
	for (int cpu = 0; cpu < CPUS; cpu++)
		stop(cpu);
	jobs_done = true;
	for (int i = 0; i < CPUS * COMPUTERS; i++) {
		expect(pthread_join(threads[i], NULL) == 0);
		expect(rounds[i] > 0 && wrong[i] == 0);
	}
	return expect_end();
}
