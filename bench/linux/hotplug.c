/*
 * Measures how long a CPU takes to go and to come back, with RCU expedited (/bin/hotplug, for
 * bench/hold.py). `hotplug CPU ROUNDS` lets the kernel do it by the CPU's file, and prints how long
 * each change took, in ticks of the counter. `hotplug CPU ROUNDS watch` only looks, while another
 * system asks for the core and kumiki-cores follows, and prints when each change was over. A change
 * is over when the kernel sends its uevent, which is the last thing that it does. This is a
 * real-time program on the CPU that takes interrupts, so that it hears the event at once. With
 * icount another CPU would get its turn only when that CPU sleeps.
 */
#include <libkumiki/libkumiki.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HOTPLUG_ROUNDS   1000
#define HOTPLUG_EVENT    4096
#define HOTPLUG_PATH     64
#define HOTPLUG_PAUSE_NS 20000000 /* so that the rest of a change isn't in the next one */
#define HOTPLUG_EVENTS   1        /* the netlink group of the kernel's own messages */

struct hotplug {
	unsigned long cpu, rounds;
	int events;
	bool watch;
	char online[HOTPLUG_PATH];
};

static uint64_t hotplug_times[HOTPLUG_ROUNDS][2];

__attribute__((noreturn)) static void hotplug_fail(const char *why)
{
	fprintf(stderr, "hotplug: %s\n", why);
	exit(1);
}

static void hotplug_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0)
		hotplug_fail(path);
}

static int hotplug_listen(void)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = HOTPLUG_EVENTS};
	const int events = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (events < 0 || bind(events, (const void *)&address, sizeof(address)) != 0)
		hotplug_fail("no events of the kernel");
	return events;
}

/* Waits for an event of the CPU. An event begins with ACTION@PATH. */
static void hotplug_await(const struct hotplug *hotplug, const char *action)
{
	char event[HOTPLUG_EVENT + 1], wanted[HOTPLUG_PATH];

	(void)snprintf(wanted, sizeof(wanted), "%s@/devices/system/cpu/cpu%lu", action,
	               hotplug->cpu);
	do {
		const ssize_t size = recv(hotplug->events, event, HOTPLUG_EVENT, 0);

		if (size < 0)
			hotplug_fail("an event was lost");
		event[size] = '\0';
	} while (strcmp(event, wanted) != 0);
}

/* Switches the CPU on or off, and returns how long it took; with `watch` it waits for that, and
 * returns when it was over. */
static uint64_t hotplug_switch(const struct hotplug *hotplug, bool on)
{
	const uint64_t begin = hotplug->watch ? 0 : kumiki_counter();

	if (!hotplug->watch)
		hotplug_write(hotplug->online, on ? "1" : "0");
	hotplug_await(hotplug, on ? "online" : "offline");
	return kumiki_counter() - begin;
}

static void hotplug_pause(void)
{
	const struct timespec pause = {.tv_nsec = HOTPLUG_PAUSE_NS};

	nanosleep(&pause, NULL);
}

static void hotplug_begin(struct hotplug *hotplug)
{
	const struct sched_param priority = {.sched_priority = 1};
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first) != 0 ||
	    sched_setscheduler(0, SCHED_FIFO, &priority) != 0)
		hotplug_fail("no real-time process");
	(void)snprintf(hotplug->online, sizeof(hotplug->online),
	               "/sys/devices/system/cpu/cpu%lu/online", hotplug->cpu);
	hotplug->events = hotplug_listen();
	if (hotplug->watch)
		hotplug_await(hotplug, "online");
	else
		hotplug_write("/sys/kernel/rcu_expedited", "1");
}

int main(int count, char *arguments[])
{
	static struct hotplug hotplug;

	if (count < 3)
		hotplug_fail("usage: hotplug CPU ROUNDS [watch]");
	hotplug.cpu = strtoul(arguments[1], NULL, 10);
	hotplug.rounds = strtoul(arguments[2], NULL, 10);
	hotplug.watch = count > 3;
	if (hotplug.rounds > HOTPLUG_ROUNDS)
		hotplug_fail("too many rounds");
	hotplug_begin(&hotplug);
	for (unsigned long i = 0; i < 2 * hotplug.rounds; i++) {
		if (!hotplug.watch)
			hotplug_pause();
		hotplug_times[i / 2][i % 2] = hotplug_switch(&hotplug, i % 2 == 1);
	}
	for (unsigned long i = 0; i < hotplug.rounds; i++)
		printf("hotplug: %lu %lu\n", (unsigned long)hotplug_times[i][0],
		       (unsigned long)hotplug_times[i][1]);
	puts("hotplug: done");
	return 0;
}
