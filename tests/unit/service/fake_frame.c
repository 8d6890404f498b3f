/* See fake_frame.h. This frame stands for service/call.h and console/uart.h. */
#include "fake_frame.h"
#include <console/uart.h>
#include <kumiki/hold.h>
#include <kumiki/hypercall.h>
#include <service/call.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_frame fake;

uint64_t service_wait(uint64_t nanoseconds, uint64_t events)
{
	(void)nanoseconds;
	(void)events;
	abort(); /* the tests drive the turns */
}

void service_done(uint64_t status, const uint64_t answer[4])
{
	(void)answer;
	(void)status;
	abort();
}

void service_notify(uint64_t ring)
{
	if (ring >= fake.info.partitions)
		abort();
	fake.notified[ring]++;
}

void service_tell(uint64_t events)
{
	if (events != SERVICE_EVENT_ASKED && events != SERVICE_EVENT_SAID &&
	    events != SERVICE_EVENT_PIECE)
		abort();
	fake.told_events |= events;
}

void service_trace(bool hold)
{
	fake.traces_held = hold;
}

uint64_t service_move(uint64_t partition, uint64_t vcpu, uint64_t core)
{
	fake.moved[0] = partition;
	fake.moved[1] = vcpu;
	fake.moved[2] = core;
	if (fake.on_move)
		fake.on_move();
	return fake.moves++ != 0;
}

uint64_t service_power(uint64_t core, uint64_t what)
{
	if (fake.on_power)
		fake.on_power(core, what);
	if (what == SERVICE_POWER_HOLDS)
		fake.policy = core;
	else if (what == SERVICE_POWER_SEEN)
		fake.minute = core;
	return what == SERVICE_POWER_ASK ? fake.minute << 8 | fake.policy : 0;
}

int64_t service_hold(uint64_t core, uint64_t partition, uint64_t time)
{
	uint64_t *record = &fake.accounts.core[core].hold;
	const uint64_t until = (fake.now >> HOLD_TICK_SHIFT) + time;

	if (fake.on_asking)
		fake.on_asking();
	if (fake.hold_refused)
		return KUMIKI_DENIED;
	if (partition == HOLD_WITHDRAW) {
		if (time != HOLD_NUMBER(*record))
			return KUMIKI_INVALID_PARAMETERS;
		partition = HOLD_HOLDER(*record);
	}
	*record =
	    until << 24 | ((*record + 0x10000) & 0xff0000) | partition << 8 | HOLD_HOLDER(*record);
	fake.holds++;
	const uint32_t number = HOLD_NUMBER(*record);
	if (fake.on_hold)
		fake.on_hold();
	return number;
}

uint64_t service_command(uint64_t partition, uint64_t command)
{
	if (partition >= fake.info.partitions || command >= LIFE_COMMANDS)
		return 1;
	fake.told[0] = partition;
	fake.told[1] = command;
	fake.tellings++;
	if (fake.obeys)
		fake.obeys(partition, command);
	return 0;
}

void service_debug(uint64_t partition)
{
	if (partition >= fake.info.partitions)
		abort();
	fake.debugged[partition]++;
}

uint64_t service_time(void)
{
	return fake.now;
}

void uart_start(uint64_t base, uint32_t registers)
{
	(void)base;
	(void)registers;
}

uint32_t uart_send(const uint8_t *bytes, uint32_t count)
{
	if (fake.takes != FAKE_FOREVER) {
		if (count > fake.takes)
			count = fake.takes;
		fake.takes -= count;
	}
	if (fake.sent_size + count >= FAKE_SENT_MAX)
		abort();
	memcpy(fake.sent + fake.sent_size, bytes, count);
	fake.sent_size += count;
	return count;
}

bool uart_get(uint8_t *byte)
{
	if (fake.typed_read == fake.typed_size)
		return false;
	*byte = fake.typed[fake.typed_read++];
	return true;
}

void uart_listen(bool input, bool space)
{
	fake.listens_input = input;
	fake.listens_space = space;
}

static void fake_name(char to[BUNDLE_NAME_SIZE], const char *name)
{
	snprintf(to, BUNDLE_NAME_SIZE, "%s", name);
}

static struct bundle_table fake_table(const void *first, uint32_t count)
{
	const uint8_t *begin = (const uint8_t *)&fake.tables;

	return (struct bundle_table){(uint32_t)((const uint8_t *)first - begin), count};
}

static void fake_bundle(void)
{
	struct fake_tables *tables = &fake.tables;

	tables->header.partitions = fake_table(tables->partitions, fake.info.partitions);
	tables->header.vcpus = fake_table(tables->vcpus, fake.info.partitions);
	tables->header.regions = fake_table(tables->regions, 16);
	tables->header.loads = fake_table(tables->loads, 2);
	tables->header.parts = fake_table(tables->parts, 2);
	fake.info.bundle = (uintptr_t)tables;
	tables->header.cores = fake_table(tables->cores, BUNDLE_CORES_MAX);
	for (uint32_t i = 0; i < BUNDLE_CORES_MAX; i++)
		tables->header.speed[i] = BUNDLE_SPEED_FASTEST;
	for (uint32_t i = 0; i < fake.info.partitions; i++) {
		memcpy(tables->partitions[i].name, fake.info.sources[i].name, BUNDLE_NAME_SIZE);
		tables->partitions[i].flags = BUNDLE_CONSOLE;
		tables->partitions[i].vcpus = (struct bundle_range){i, 1};
		tables->partitions[i].life =
		    (struct bundle_life){.limit = 5, .window = 60000, .delay = 100};
	}
}

static void fake_partition(uint32_t i, const char *name)
{
	struct console_source *source = &fake.info.sources[i];

	fake_name(source->name, name);
	source->ring = (uintptr_t)&fake.ring[i];
	source->report = (uintptr_t)&fake.ring[i].report;
	source->life = (uintptr_t)&fake.ring[i].life;
	source->examined = (uintptr_t)&fake.ring[i].examined;
	source->blackbox = (uintptr_t)&fake.box[i];
	source->debug = (uintptr_t)&fake.ring[i].debug;
}

static void fake_warden_info(void)
{
	fake.warden_info = (struct warden_info){
	    .counter_hz = FAKE_HZ,
	    .bundle = fake.info.bundle,
	    .accounts = fake.info.accounts,
	    .box = fake.info.warden,
	};
	for (uint32_t i = 0; i < fake.info.partitions; i++)
		fake.warden_info.lives[i] = fake.info.sources[i].life;
}

void fake_start(const char *const *names)
{
	memset(&fake, 0, sizeof(fake));
	fake.takes = FAKE_FOREVER;
	fake.now = 1000 * FAKE_HZ;
	fake_name(fake.info.system, "test");
	fake.info.counter_hz = FAKE_HZ;
	fake.info.uart = 1;
	fake.info.accounts = (uintptr_t)&fake.accounts;
	fake.info.warden = (uintptr_t)&fake.box_page;
	fake.info.update = (uintptr_t)&fake.update_page;
	fake.info.cores = 1;
	fake.info.vcpu_count = 3;
	fake.info.vcpus[1] = 1;
	fake.info.vcpus[2] = 1;
	for (; *names; names++)
		fake_partition(fake.info.partitions++, *names);
	fake_bundle();
	uint32_t core = fake.info.partitions; /* the service's own ring */
	fake_name(fake.info.sources[core].name, "kumiki");
	fake.info.sources[core].ring = (uintptr_t)&fake.ring[core];
	for (uint32_t i = 0; i < BUNDLE_CORES_MAX; i++)
		fake.info.traces[i] = (uintptr_t)&fake.trace[i];
	fake_warden_info();
	fake_again();
	fake_warden_again();
}

void fake_again(void)
{
	memset(&fake.console, 0, sizeof(fake.console));
	memset(&fake.shell, 0, sizeof(fake.shell));
	shell_start(&fake.shell, &fake.console, &fake.info, fake.now);
}

void fake_warden_again(void)
{
	memset(&fake.warden, 0, sizeof(fake.warden));
	warden_start(&fake.warden, &fake.warden_info, fake.now);
}

void fake_print_bytes(unsigned int source, const void *bytes, size_t size)
{
	struct console_ring *ring = &fake.ring[source];
	const uint8_t *from = bytes;

	for (size_t i = 0; i < size; i++) {
		if (ring->out_head - ring->out_tail >= CONSOLE_OUT_SIZE) {
			ring->out_lost++;
			ring->want_space = 1;
			continue;
		}
		ring->out[ring->out_head++ % CONSOLE_OUT_SIZE] = from[i];
		ring->asleep = 0;
	}
}

void fake_event(unsigned int partition, const struct life_status *status)
{
	struct life_log *log = &fake.ring[partition].life;

	log->events[log->next % LIFE_EVENTS] = (struct life_event){
	    .time = fake.now, .status = *status, .printed = fake.ring[partition].out_head};
	log->next++;
}

void fake_life(unsigned int partition, enum life_state state)
{
	const struct life_log *log = &fake.ring[partition].life;
	struct life_status status = {0};

	if (log->next)
		status = log->events[(log->next - 1) % LIFE_EVENTS].status;
	status.state = state;
	status.starts += state == LIFE_LOADING;
	fake_event(partition, &status);
}

struct stop_report *fake_report(unsigned int partition, enum stop_reason reason)
{
	struct stop_report *report = &fake.ring[partition].report;

	report->sequence += 2;
	report->reason = reason;
	fake.ring[partition].examined.sequence = report->sequence;
	return report;
}

void fake_print(unsigned int source, const char *text)
{
	fake_print_bytes(source, text, strlen(text));
}

void fake_type(const void *bytes, size_t size)
{
	if (fake.typed_read == fake.typed_size)
		fake.typed_read = fake.typed_size = 0;
	if (fake.typed_size + size > sizeof(fake.typed))
		abort();
	memcpy(fake.typed + fake.typed_size, bytes, size);
	fake.typed_size += size;
}

static uint64_t fake_ticks(uint64_t rest)
{
	return rest == SERVICE_FOREVER ? UINT64_MAX / 2 : rest / 1000000 * (FAKE_HZ / 1000);
}

void fake_run(unsigned int ms)
{
	uint64_t end = fake.now + ms * (FAKE_HZ / 1000);

	for (;;) {
		fake.told_events = 0;
		fake.rest = console_turn(&fake.console, fake.now);
		uint64_t warden =
		    fake.warden_hangs ? SERVICE_FOREVER : warden_turn(&fake.warden, fake.now);
		uint64_t ticks = fake_ticks(fake.rest < warden ? fake.rest : warden);

		bool interrupt = fake.listens_input && fake.typed_read != fake.typed_size;
		if (ticks == 0 || interrupt || fake.told_events != 0)
			fake.now += 100;
		else if (fake.now + ticks > end)
			break;
		else
			fake.now += ticks;
	}
	if (end > fake.now)
		fake.now = end;
}

const char *fake_sent(void)
{
	const char *from = (const char *)fake.sent + fake.sent_seen;

	fake.sent[fake.sent_size] = 0;
	fake.sent_seen = fake.sent_size;
	return from;
}

size_t fake_keys(unsigned int partition, uint8_t *keys, size_t size)
{
	struct console_ring *ring = &fake.ring[partition];
	size_t count = 0;

	while (count < size && ring->in_tail != ring->in_head)
		keys[count++] = ring->in[ring->in_tail++ % CONSOLE_IN_SIZE];
	return count;
}
