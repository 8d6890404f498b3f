/*
 * gdb's packets (GDB manual, "Remote Protocol"): see server.h. An unknown packet gets an empty
 * answer, as gdb expects; a failure gets E and a number.
 */
#include "server.h"
#include "target.h"
#include <stdio.h>
#include <string.h>

#define ESR_CLASS(esr)   ((unsigned int)((esr) >> 26) & 0x3f)
#define CLASS_BREAKPOINT 0x30u
#define CLASS_WATCHPOINT 0x34u
#define CLASS_BRK        0x3cu

/* ---- replies ---- */

static bool reply(struct server *server, const char *text)
{
	server->size = strlen(text);
	memcpy(server->reply, text, server->size + 1);
	return true;
}

static bool reply_done(struct server *server, bool done)
{
	return reply(server, done ? "OK" : "E01");
}

static bool reply_bytes(struct server *server, const void *bytes, size_t size)
{
	server->size = (size_t)(rsp_digits(server->reply, bytes, size) - server->reply);
	return true;
}

/* ---- the target ---- */

static bool ask(struct server *server, struct debug_request *request, struct target_data *data)
{
	return !server->ended && server->target->request(server->target, request, data);
}

static bool ask_only(struct server *server, enum debug_op op)
{
	struct debug_request request = {.op = op};
	struct target_data none = {0};

	return ask(server, &request, &none);
}

static struct debug_registers *registers_of(struct server *server, uint32_t vcpu)
{
	struct debug_request request = {.op = DEBUG_READ_REGISTERS, .vcpu = vcpu};
	struct target_data data = {0};

	if ((server->known >> vcpu & 1) != 0)
		return &server->registers[vcpu];
	if (!ask(server, &request, &data) || data.size < sizeof(struct debug_registers))
		return NULL;
	memcpy(&server->registers[vcpu], data.bytes, sizeof(struct debug_registers));
	server->known |= 1u << vcpu;
	return &server->registers[vcpu];
}

static bool write_registers(struct server *server, uint32_t vcpu,
                            const struct debug_registers *values)
{
	struct debug_request request = {.op = DEBUG_WRITE_REGISTERS, .vcpu = vcpu};
	struct target_data data = {.size = sizeof(*values)};

	memcpy(data.bytes, values, sizeof(*values));
	server->known &= ~(1u << vcpu); /* so that its registers are read again */
	return ask(server, &request, &data);
}

/* Makes a request about an address, which is translated as for the chosen vCPU. */
static bool ask_address(struct server *server, struct debug_request *request,
                        struct target_data *data)
{
	const struct debug_registers *view = registers_of(server, server->general);

	if (view == NULL)
		return false;
	request->sctlr = view->general.sctlr;
	request->tcr = view->general.tcr;
	request->ttbr0 = view->general.ttbr0;
	request->ttbr1 = view->general.ttbr1;
	return ask(server, request, data);
}

/* ---- registers ---- */

static bool read_all(struct server *server, const char *text)
{
	const struct debug_registers *values = registers_of(server, server->general);
	char *out = server->reply;

	(void)text;
	if (values == NULL)
		return reply_done(server, false);
	for (unsigned int i = 0; i < REGISTERS_COUNT; i++)
		out = rsp_digits(out, registers_get(values, i), registers_size(i));
	server->size = (size_t)(out - server->reply);
	return true;
}

/* Reads a register's bytes. False: the text has characters that aren't digits. Read-only registers
 * don't change. */
static bool parse_register(const char *text, struct debug_registers *values, uint64_t number)
{
	uint8_t bytes[REGISTERS_SIZE_MAX];
	size_t size = registers_size(number);
	void *place = registers_set(values, number);

	if (!rsp_bytes(text, bytes, size))
		return false;
	if (place != NULL)
		memcpy(place, bytes, size);
	return true;
}

/* Writes all registers. Those of EL1, most of which can't be written, come last: for these, gdb
 * sends back the values that it has read. */
static bool write_all(struct server *server, const char *text)
{
	const struct debug_registers *old = registers_of(server, server->general);
	struct debug_registers values;

	if (old == NULL)
		return reply_done(server, false);
	values = *old;
	for (unsigned int i = 0; i < REGISTERS_COUNT; i++) {
		if (!parse_register(text, &values, i))
			return reply_done(server, false);
		text += 2 * registers_size(i);
	}
	return reply_done(server, write_registers(server, server->general, &values));
}

static bool read_one(struct server *server, const char *text)
{
	const struct debug_registers *values = registers_of(server, server->general);
	uint64_t number;

	if (values == NULL || !rsp_number(&text, &number) || registers_size(number) == 0)
		return reply_done(server, false);
	return reply_bytes(server, registers_get(values, number), registers_size(number));
}

static bool write_one(struct server *server, const char *text)
{
	const struct debug_registers *old = registers_of(server, server->general);
	struct debug_registers values;
	uint64_t number;

	if (old == NULL || !rsp_number(&text, &number) || *text++ != '=')
		return reply_done(server, false);
	values = *old;
	return reply_done(server, registers_set(&values, number) != NULL &&
	                              parse_register(text, &values, number) &&
	                              write_registers(server, server->general, &values));
}

/* ---- memory ---- */

/* Reads "address,size"; *text is what follows. */
static bool parse_range(const char **text, uint64_t *address, uint64_t *size)
{
	return rsp_number(text, address) && *(*text)++ == ',' && rsp_number(text, size);
}

static bool read_memory(struct server *server, const char *text)
{
	struct debug_request request = {.op = DEBUG_READ};
	struct target_data data = {0};
	uint64_t size;

	if (!parse_range(&text, &request.address, &size))
		return reply_done(server, false);
	request.size = size < DEBUG_DATA_SIZE ? (uint32_t)size : DEBUG_DATA_SIZE;
	if (!ask_address(server, &request, &data) || data.size > request.size)
		return reply_done(server, false);
	return reply_bytes(server, data.bytes, data.size);
}

/* Writes bytes in pieces as large as a request can have. */
static bool write_bytes(struct server *server, uint64_t address, const uint8_t *bytes, size_t size)
{
	struct debug_request request = {.op = DEBUG_WRITE};
	struct target_data data;

	for (size_t done = 0; done < size; done += data.size) {
		data.size = size - done < DEBUG_DATA_SIZE ? size - done : DEBUG_DATA_SIZE;
		memcpy(data.bytes, bytes + done, data.size);
		request.address = address + done;
		request.size = (uint32_t)data.size;

		struct target_data sent = data;
		if (!ask_address(server, &request, &sent))
			return false;
	}
	return true;
}

static bool write_memory(struct server *server, const char *text)
{
	uint8_t bytes[RSP_PACKET_MAX / 2];
	uint64_t address, size;

	if (!parse_range(&text, &address, &size) || *text++ != ':' || size > sizeof(bytes) ||
	    !rsp_bytes(text, bytes, size))
		return reply_done(server, false);
	return reply_done(server, write_bytes(server, address, bytes, size));
}

static bool write_binary(struct server *server, const char *packet, size_t packet_size)
{
	const char *text = packet;
	uint64_t address, size;

	if (!parse_range(&text, &address, &size) || *text++ != ':' ||
	    size != packet_size - (size_t)(text - packet))
		return reply_done(server, false);
	return reply_done(server, write_bytes(server, address, (const uint8_t *)text, size));
}

/* ---- breakpoints ---- */

static bool set_hardware(struct server *server, bool set, const struct hardware_point *point)
{
	struct debug_request request = {.op = DEBUG_HARDWARE};
	struct debug_hardware hardware = server->hardware;
	struct target_data data = {.size = sizeof(hardware)};

	if (!set)
		hardware_unset(&hardware, point);
	else if (!hardware_set(&hardware, &server->target->about, point))
		return false;
	memcpy(data.bytes, &hardware, sizeof(hardware));
	if (!ask(server, &request, &data))
		return false;
	server->hardware = hardware;
	return true;
}

static bool set_point(struct server *server, bool set, const char *text)
{
	struct debug_request request = {.op = set ? DEBUG_BREAK : DEBUG_UNBREAK};
	struct target_data none = {0};
	struct hardware_point point;
	uint64_t kind;

	if (!rsp_number(&text, &kind) || *text++ != ',' ||
	    !parse_range(&text, &point.address, &point.size))
		return reply_done(server, false);
	if (kind > HARDWARE_ACCESS)
		return reply(server, "");
	request.address = point.address;
	if (kind == 0)
		return reply_done(server, ask_address(server, &request, &none));
	point.kind = (enum hardware_kind)kind;
	return reply_done(server, set_hardware(server, set, &point));
}

/* ---- going on ---- */

static bool resume(struct server *server, uint32_t run, uint32_t step)
{
	struct debug_request request = {.op = DEBUG_GO, .run = run, .step = step};
	struct target_data none = {0};

	server->known = 0;
	if (server->ended)
		return reply(server, "W00");
	if (!ask(server, &request, &none)) {
		/* The vCPUs didn't go on, as the partition is held, for example: they stand where
		 * they stood. */
		server->running = true;
		return server_stopped(server, &server->stop);
	}
	server->running = true;
	if (server->hurried)
		server_interrupt(server);
	return false;
}

static uint32_t all_of(const struct server *server)
{
	return (1u << server->target->about.vcpus) - 1;
}

/* Reads a thread: "p1.2", "2", "-1" (all) or 0 (any). False: there is no such thread. */
static bool parse_thread(const struct server *server, const char **text, uint32_t *mask)
{
	uint64_t number;

	if (**text == 'p') {
		++*text;
		if (**text == '-')
			++*text;
		if (!rsp_number(text, &number))
			return false;
		if (**text != '.') {
			*mask = all_of(server);
			return true;
		}
		++*text;
	}
	if (**text == '-') {
		++*text;
		*mask = all_of(server);
		return rsp_number(text, &number);
	}
	if (!rsp_number(text, &number) || number > server->target->about.vcpus)
		return false;
	*mask = number == 0 ? 1u << server->general : 1u << (number - 1);
	return true;
}

/* Reads ";c:1;s:2". For each vCPU, the first action that names it counts. */
static bool resume_each(struct server *server, const char *text)
{
	uint32_t left = all_of(server), run = 0, step = 0;
	uint64_t ignored;

	while (*text == ';') {
		char action = text[1];
		uint32_t mask = all_of(server);

		if (strchr("cCsS", action) == NULL || action == 0)
			return reply_done(server, false);
		text += 2;
		if ((action == 'C' || action == 'S') && !rsp_number(&text, &ignored))
			return reply_done(server, false);
		if (*text == ':' && (++text, !parse_thread(server, &text, &mask)))
			return reply_done(server, false);
		if (action == 's' || action == 'S')
			step |= mask & left;
		else
			run |= mask & left;
		left &= ~mask;
	}
	return resume(server, run, step);
}

/* ---- stops ---- */

static int put_reason(const struct server *server, char *out, size_t size)
{
	const struct debug_stop *stop = &server->stop;
	struct hardware_point point;
	unsigned int class = stop->why == DEBUG_HIT ? ESR_CLASS(stop->esr) : 0;
	static const char *const kinds[] = {
	    [HARDWARE_WRITE] = "watch", [HARDWARE_READ] = "rwatch", [HARDWARE_ACCESS] = "awatch"};

	if (class == CLASS_BRK)
		return snprintf(out, size, "swbreak:;");
	if (class == CLASS_BREAKPOINT)
		return snprintf(out, size, "hwbreak:;");
	if (class == CLASS_WATCHPOINT && hardware_hit(&server->hardware, stop->far, &point))
		return snprintf(out, size, "%s:%llx;", kinds[point.kind],
		                (unsigned long long)point.address);
	return 0;
}

/* Replies with a stop: SIGTRAP; SIGABRT for a crash; SIGINT for Ctrl-C. */
static bool reply_stop(struct server *server)
{
	static const unsigned int signals[] = {
	    [DEBUG_ASKED] = 2, [DEBUG_HIT] = 5, [DEBUG_HELD] = 6};
	int at;

	if (server->ended)
		return reply(server, "W00");
	at = snprintf(server->reply, sizeof(server->reply), "T%02xthread:%x;",
	              signals[server->stop.why], server->stop.vcpu + 1);
	at += put_reason(server, server->reply + at, sizeof(server->reply) - (size_t)at);
	server->size = (size_t)at;
	return true;
}

/* Takes a stop. What the machine says is checked. */
bool server_stopped(struct server *server, const struct debug_stop *stop)
{
	bool awaited = server->running;

	server->known = 0;
	server->ended |= stop->why >= DEBUG_ENDED;
	if (!server->ended && stop->vcpu < server->target->about.vcpus) {
		server->stop = *stop;
		server->general = server->going = stop->vcpu;
	}
	server->running = false;
	return awaited && reply_stop(server);
}

void server_interrupt(struct server *server)
{
	server->hurried = !server->running;
	if (server->running)
		(void)ask_only(server, DEBUG_HALT);
}

/* ---- questions ---- */

static bool starts(const char *text, const char *with, const char **rest)
{
	size_t size = strlen(with);

	*rest = text + size;
	return strncmp(text, with, size) == 0;
}

/* Replies to "offset,length" with a part of a text: after m there is more, after l there isn't. */
static bool reply_part(struct server *server, const char *whole, const char *text)
{
	uint64_t offset, size, left = strlen(whole);

	if (!parse_range(&text, &offset, &size))
		return reply_done(server, false);
	left = offset < left ? left - offset : 0;
	if (size > RSP_PACKET_MAX / 2)
		size = RSP_PACKET_MAX / 2;
	if (size > left)
		size = left;
	server->reply[0] = size < left ? 'm' : 'l';
	if (size != 0)
		memcpy(server->reply + 1, whole + offset, size);
	server->size = size + 1;
	return true;
}

static bool reply_threads(struct server *server)
{
	int at = 0;

	for (uint32_t i = 0; i < server->target->about.vcpus; i++)
		at += snprintf(server->reply + at, sizeof(server->reply) - (size_t)at, "%c%x",
		               i == 0 ? 'm' : ',', i + 1);
	server->size = (size_t)at;
	return true;
}

/* Replies with the vCPU's name in `info threads`. */
static bool reply_thread(struct server *server, const char *text)
{
	const struct debug_registers *values;
	char words[64];
	uint32_t mask, vcpu;

	if (!parse_thread(server, &text, &mask))
		return reply_done(server, false);
	vcpu = (uint32_t)__builtin_ctz(mask);
	values = registers_of(server, vcpu);
	snprintf(words, sizeof(words), "vCPU %u%s", vcpu,
	         values != NULL && values->general.off != 0 ? ", off" : "");
	return reply_bytes(server, words, strlen(words));
}

static bool question(struct server *server, const char *text)
{
	const char *rest;

	if (starts(text, "Supported", &rest))
		return reply(server, "PacketSize=1000;qXfer:features:read+;swbreak+;hwbreak+;"
		                     "vContSupported+;QStartNoAckMode+");
	if (starts(text, "Xfer:features:read:target.xml:", &rest))
		return reply_part(server, registers_description(), rest);
	if (starts(text, "fThreadInfo", &rest))
		return reply_threads(server);
	if (starts(text, "sThreadInfo", &rest))
		return reply(server, "l");
	if (starts(text, "ThreadExtraInfo,", &rest))
		return reply_thread(server, rest);
	if (starts(text, "Attached", &rest))
		return reply(server, "1");
	if (*text == 'C' && text[1] == 0) {
		snprintf(server->reply, sizeof(server->reply), "QC%x", server->general + 1);
		server->size = strlen(server->reply);
		return true;
	}
	return reply(server, "");
}

/* Chooses a vCPU: "g1" for registers and memory, "c1" for what goes on. */
static bool choose(struct server *server, const char *text)
{
	const char *thread = text + 1;
	uint32_t mask, *which = *text == 'g' ? &server->general : &server->going;

	if (*text == 0 || !parse_thread(server, &thread, &mask))
		return reply_done(server, false);
	if ((mask & (mask - 1)) == 0)
		*which = (uint32_t)__builtin_ctz(mask);
	return reply(server, "OK");
}

static bool is_alive(struct server *server, const char *text)
{
	uint32_t mask;

	return reply_done(server, parse_thread(server, &text, &mask));
}

static bool leave(struct server *server, bool says)
{
	bool done = server->ended || ask_only(server, DEBUG_DETACH);

	server->detached = true;
	return says && reply_done(server, done);
}

static bool many_letters(struct server *server, const char *text)
{
	const char *rest;

	if (strcmp(text, "vCont?") == 0)
		return reply(server, "vCont;c;C;s;S");
	if (starts(text, "vCont", &rest) && *rest == ';')
		return resume_each(server, rest);
	if (starts(text, "vKill", &rest)) {
		(void)leave(server, false);
		return reply(server, "OK");
	}
	return reply(server, "");
}

/* gdb's `kill` doesn't end a machine: it only lets it go. */
bool server_packet(struct server *server, const char *text, size_t size)
{
	if (server->running)
		return false; /* gdb waits, so it has nothing to say */
	switch (text[0]) {
	case '?':
		return reply_stop(server);
	case 'g':
		return read_all(server, text + 1);
	case 'G':
		return write_all(server, text + 1);
	case 'p':
		return read_one(server, text + 1);
	case 'P':
		return write_one(server, text + 1);
	case 'm':
		return read_memory(server, text + 1);
	case 'M':
		return write_memory(server, text + 1);
	case 'X':
		return write_binary(server, text + 1, size - 1);
	case 'Z':
	case 'z':
		return set_point(server, text[0] == 'Z', text + 1);
	case 'c':
		return resume(server, all_of(server), 0);
	case 's':
		return resume(server, 0, 1u << server->going);
	case 'H':
		return choose(server, text + 1);
	case 'T':
		return is_alive(server, text + 1);
	case 'q':
		return question(server, text + 1);
	case 'v':
		return many_letters(server, text);
	case 'D':
		return leave(server, true);
	case 'k':
		return leave(server, false);
	case 'Q':
		server->quiet |= strcmp(text, "QStartNoAckMode") == 0;
		return reply(server, strcmp(text, "QStartNoAckMode") == 0 ? "OK" : "");
	default:
		return reply(server, "");
	}
}

void server_start(struct server *server, struct target *target, const struct debug_stop *stop)
{
	memset(server, 0, sizeof(*server));
	server->target = target;
	if (target->about.vcpus == 0 || target->about.vcpus > TARGET_VCPUS_MAX)
		target->about.vcpus = 1;
	server->stop.why = DEBUG_HIT;
	(void)server_stopped(server, stop);
}
