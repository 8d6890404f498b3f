/*
 * gdb's packets against a target that is an array of memory: what is translated to what, and what
 * is said back. Packets that make no sense are tests/fuzz/fuzz_gdb.c's.
 */
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#include "gdb/server.h"
#include "gdb/target.h"

#define RAM      0x40000000u
#define RAM_SIZE 0x2000u

static struct target target;
static struct server server;
static struct debug_registers registers[2];
static uint8_t ram[RAM_SIZE];
static struct debug_request last;
static struct debug_hardware hardware;
static bool refuses;

static bool in_ram(const struct debug_request *request)
{
	return request->address >= RAM && request->address - RAM < RAM_SIZE;
}

static bool fake_request(struct target *to, const struct debug_request *request,
                         struct target_data *data)
{
	uint64_t left = RAM_SIZE - (request->address - RAM);

	assert_ptr_equal(to, &target);
	last = *request;
	if (refuses)
		return false;
	switch (request->op) {
	case DEBUG_READ_REGISTERS:
		data->size = sizeof(registers[0]);
		memcpy(data->bytes, &registers[request->vcpu], data->size);
		return true;
	case DEBUG_WRITE_REGISTERS:
		memcpy(&registers[request->vcpu], data->bytes, sizeof(registers[0]));
		return true;
	case DEBUG_READ:
		if (!in_ram(request))
			return false;
		data->size = request->size < left ? request->size : left;
		memcpy(data->bytes, ram + (request->address - RAM), data->size);
		return true;
	case DEBUG_WRITE:
		assert_int_equal(request->size, data->size);
		if (!in_ram(request) || request->size > left)
			return false;
		memcpy(ram + (request->address - RAM), data->bytes, data->size);
		return true;
	case DEBUG_HARDWARE:
		memcpy(&hardware, data->bytes, sizeof(hardware));
		return true;
	default:
		return true;
	}
}

static void begin(void)
{
	struct debug_stop stop = {.why = DEBUG_HIT, .vcpu = 1};

	memset(registers, 0, sizeof(registers));
	memset(ram, 0, sizeof(ram));
	memset(&hardware, 0, sizeof(hardware));
	refuses = false;
	target = (struct target){.about = {2, 3, 6, 4}, .request = fake_request};
	server_start(&server, &target, &stop);
}

static void send(const char *packet)
{
	server.size = 0;
	server.reply[0] = 0;
	if (!server_packet(&server, packet, strlen(packet)))
		server.size = 0;
	server.reply[server.size] = 0;
}

static void expect(const char *packet, const char *reply)
{
	send(packet);
	assert_string_equal(server.reply, reply);
}

static void stopped(struct debug_stop stop, const char *reply)
{
	assert_true(server_stopped(&server, &stop));
	server.reply[server.size] = 0;
	assert_string_equal(server.reply, reply);
}

TEST(test_packets_are_framed)
{
	static const char bytes[] = "+$m1,2#fc\x03$X1,1:}\x03#a0$m#00$";
	static const enum rsp_event events[] = {RSP_PACKET, RSP_INTERRUPT, RSP_PACKET, RSP_BROKEN};
	struct rsp_parser parser = {.state = RSP_OUTSIDE};
	char out[RSP_FRAME_MAX];
	size_t count = 0;

	for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
		enum rsp_event event = rsp_put(&parser, (uint8_t)bytes[i]);

		if (event == RSP_NOTHING)
			continue;
		assert_int_equal(event, events[count]);
		if (count == 0)
			assert_string_equal(parser.packet, "m1,2");
		if (count == 2)
			assert_memory_equal(parser.packet, "X1,1:#", 6);
		count++;
	}
	assert_int_equal(count, 4);
	out[rsp_frame(out, "a#}", 3)] = 0;
	assert_string_equal(out, "$a}\x03}]#bb");
}

TEST(test_a_session_begins)
{
	begin();
	expect("?", "T05thread:2;");
	expect("qC", "QC2");
	expect("qfThreadInfo", "m1,2");
	expect("qsThreadInfo", "l");
	expect("T2", "OK");
	expect("T3", "E01");
	expect("Hg1", "OK");
	expect("qC", "QC1");
	expect("Hgp1.2", "OK");
	expect("qC", "QC2");
	expect("Hg9", "E01");
	expect("qThreadExtraInfo,1", "764350552030");
	expect("vCont?", "vCont;c;C;s;S");
	expect("QStartNoAckMode", "OK");
	assert_true(server.quiet);
	expect("vMustReplyEmpty", "");
	expect("!", "");
	send("qXfer:features:read:target.xml:0,fff");
	assert_int_equal(server.reply[0], 'm'); /* more than a packet */
	assert_non_null(strstr(server.reply, "org.gnu.gdb.aarch64.core"));
	send("qXfer:features:read:target.xml:c00,800");
	assert_int_equal(server.reply[0], 'm');
	assert_non_null(strstr(server.reply, "name=\"v31\""));
	send("qXfer:features:read:target.xml:1400,800");
	assert_int_equal(server.reply[0], 'l');
	assert_non_null(strstr(server.reply, "</target>"));
	expect("qXfer:features:read:target.xml:99999,10", "l");
}

TEST(test_registers)
{
	begin();
	registers[1].general.x[5] = 0x1122334455667788;
	registers[1].general.pstate = 0x3c5;
	registers[1].general.sp_el1 = 0x55;
	registers[1].general.sp_el0 = 0x66;
	expect("p5", "8877665544332211");
	expect("p1f", "5500000000000000"); /* sp */
	expect("p21", "c5030000");         /* cpsr */
	expect("P5=0100000000000000", "OK");
	assert_int_equal(registers[1].general.x[5], 1);
	expect("P1f=7700000000000000", "OK");
	assert_int_equal(registers[1].general.sp_el1, 0x77);
	assert_int_equal(registers[1].general.sp_el0, 0x66);
	expect("p44", "6600000000000000");     /* SP_EL0 by name */
	expect("P48=0100000000000000", "E01"); /* ESR_EL1 isn't written */
	expect("p4f", "E01");
	expect("P5=01", "E01");
	send("g");
	assert_int_equal(server.size, 2 * (31 * 8 + 3 * 8 - 4 + 32 * 16 + 2 * 4 + 11 * 8));
	refuses = true;
	server.known = 0;
	expect("g", "E01");
	expect("p1", "E01");
}

/* Of 128 bits, between those of the core and those of EL1, as gdb's own description has them. */
TEST(test_floating_point)
{
	begin();
	registers[1].v[0][0] = 0x400921fb54442d18; /* pi */
	registers[1].v[31][1] = 0x1122334455667788;
	registers[1].fpsr = 0x8000010;
	registers[1].fpcr = 0x1000000;
	expect("p22", "182d4454fb2109400000000000000000");
	expect("p41", "00000000000000008877665544332211");
	expect("p42", "10000008"); /* fpsr */
	expect("p43", "00000001"); /* fpcr */
	expect("P23=01000000000000000200000000000000", "OK");
	assert_int_equal(registers[1].v[1][0], 1);
	assert_int_equal(registers[1].v[1][1], 2);
	assert_int_equal(registers[1].v[31][1], 0x1122334455667788);
	expect("P43=00000002", "OK");
	assert_int_equal(registers[1].fpcr, 0x2000000);
	expect("P23=0100000000000000", "E01"); /* half of one */
	assert_non_null(strstr(registers_description(), "<reg name=\"v31\" bitsize=\"128\""));
}

/* All registers as they were read, but for one: what gdb does with G. */
TEST(test_all_at_once)
{
	char packet[RSP_PACKET_MAX + 1] = "G";

	begin();
	registers[1].v[7][0] = 7;
	registers[1].general.esr = 5;
	send("g");
	memcpy(packet + 1, server.reply, server.size + 1);
	memcpy(packet + 1 + 2 * 8 * 3, "2a", 2); /* x3 */
	expect(packet, "OK");
	assert_int_equal(registers[1].general.x[3], 0x2a);
	assert_int_equal(registers[1].v[7][0], 7);
	assert_int_equal(registers[1].general.esr, 5);
	packet[strlen(packet) - 1] = 0;
	expect(packet, "E01");
}

TEST(test_memory)
{
	begin();
	registers[1].general.tcr = 7;
	expect("M40000010,3:010203", "OK");
	assert_memory_equal(ram + 0x10, "\1\2\3", 3);
	assert_int_equal(last.tcr, 7);
	expect("m40000010,4", "01020300");
	expect("m40001fff,8", "00"); /* as far as it goes */
	expect("m50000000,4", "E01");
	expect("M50000000,1:00", "E01");
	assert_true(server_packet(&server, "X40000020,2:\0\xff", 14));
	assert_memory_equal(ram + 0x20, "\0\xff", 2);
	expect("X40000020,3:ab", "E01");
	expect("m40000010", "E01");
	expect("m,4", "E01");
}

TEST(test_a_large_write_is_cut)
{
	char packet[2 * 1500 + 32] = "M40000000,5dc:";

	begin();
	memset(packet + 14, '5', (size_t)2 * 1500);
	expect(packet, "OK");
	for (size_t i = 0; i < 1500; i++)
		assert_int_equal(ram[i], 0x55);
	assert_int_equal(ram[1500], 0);
	assert_int_equal(last.size, 1500 - DEBUG_DATA_SIZE);
}

TEST(test_breakpoints)
{
	begin();
	expect("Z0,40000100,4", "OK");
	assert_int_equal(last.op, DEBUG_BREAK);
	assert_int_equal(last.address, 0x40000100);
	expect("z0,40000100,4", "OK");
	assert_int_equal(last.op, DEBUG_UNBREAK);
	for (unsigned int i = 0; i < 6; i++) {
		char packet[] = "Z1,40000100,4";

		packet[9] = (char)('0' + i);
		expect(packet, "OK");
	}
	assert_int_equal(hardware.breakpoint[5].control, 0x1e7);
	expect("Z1,40000200,4", "E01"); /* there are six */
	expect("z1,40000120,4", "OK");
	expect("Z1,40000200,4", "OK");
	assert_int_equal(hardware.breakpoint[2].value, 0x40000200);
	expect("Z1,40000202,4", "E01");
	expect("Z5,40000200,4", "");
	expect("Z1,4000", "E01");
}

TEST(test_watchpoints)
{
	struct debug_stop stop = {DEBUG_HIT, 0, 0xd2000062, 0x40000014};

	begin();
	expect("Z2,40000014,4", "OK");
	assert_int_equal(hardware.watchpoint[0].value, 0x40000010);
	assert_int_equal(hardware.watchpoint[0].control, 0x1e17); /* bytes 4 to 7, stores */
	expect("Z3,40000040,40", "OK");
	assert_int_equal(hardware.watchpoint[1].control, 0x6001fef); /* 64 bytes, loads */
	expect("Z4,40000009,1", "OK");
	expect("Z4,4000000a,8", "E01"); /* two registers' */
	expect("Z4,40000000,0", "E01");
	expect("Z4,40000001,ffffffffffffffff", "E01"); /* more bytes than there are numbers for */
	send("vCont;c");
	assert_true(server.running);
	stopped(stop, "T05thread:1;watch:40000014;");
	send("c");
	stop.far = 0x40000050;
	stopped(stop, "T05thread:1;rwatch:40000040;");
	send("c");
	stop.far = 0x40000008; /* a longer access, which begins before it */
	stopped(stop, "T05thread:1;awatch:40000009;");
}

TEST(test_watchpoint_at_the_end)
{
	begin();
	expect("Z2,fffffffffffffff8,8", "OK");
	send("c");
	stopped((struct debug_stop){DEBUG_HIT, 0, 0xd2000062, 0xfffffffffffffffc},
	        "T05thread:1;watch:fffffffffffffff8;");
}

TEST(test_going_on)
{
	begin();
	send("vCont;s:1;c");
	assert_int_equal(last.op, DEBUG_GO);
	assert_int_equal(last.run, 2);
	assert_int_equal(last.step, 1);
	assert_false(server_packet(&server, "g", 1)); /* it runs: gdb has nothing to say */
	stopped((struct debug_stop){DEBUG_HIT, 0, 0xca000022, 0}, "T05thread:1;");
	send("vCont;s:p1.2");
	assert_int_equal(last.run, 0);
	assert_int_equal(last.step, 2);
	stopped((struct debug_stop){DEBUG_HIT, 1, 0xf2004b75, 0}, "T05thread:2;swbreak:;");
	send("vCont;C05:-1");
	assert_int_equal(last.run, 3);
	stopped((struct debug_stop){DEBUG_HIT, 0, 0xc2000022, 0}, "T05thread:1;hwbreak:;");
	send("s");
	assert_int_equal(last.step, 1);
	server_interrupt(&server);
	assert_int_equal(last.op, DEBUG_HALT);
	stopped((struct debug_stop){.why = DEBUG_ASKED}, "T02thread:1;");
	expect("vCont;x", "E01");
	expect("vCont;", "E01");
	expect("vCont;c:7", "E01");
	send("c");
	stopped((struct debug_stop){.why = DEBUG_HELD, .vcpu = 1}, "T06thread:2;");
	refuses = true; /* it is held: it stands where it stood */
	expect("c", "T06thread:2;");
}

/* Ctrl-C that comes while it stands, as the protocol has it: once it goes on, it halts at once. */
TEST(test_an_early_interrupt)
{
	begin();
	last.op = DEBUG_READ;
	server_interrupt(&server);
	assert_int_equal(last.op, DEBUG_READ);
	send("vCont;c");
	assert_int_equal(last.op, DEBUG_HALT);
	stopped((struct debug_stop){.why = DEBUG_ASKED}, "T02thread:1;");
	send("vCont;c");
	assert_int_equal(last.op, DEBUG_GO);
	server_interrupt(&server);
	stopped((struct debug_stop){.why = DEBUG_ASKED}, "T02thread:1;");
	send("c");
	assert_int_equal(last.op, DEBUG_GO);
}

TEST(test_ends)
{
	begin();
	send("c");
	stopped((struct debug_stop){.why = DEBUG_ENDED}, "W00");
	expect("g", "E01");
	expect("c", "W00");
	expect("D", "OK");
	assert_true(server.detached);
	begin();
	expect("D", "OK");
	assert_int_equal(last.op, DEBUG_DETACH);
	begin();
	expect("k", "");
	assert_int_equal(last.op, DEBUG_DETACH);
	assert_true(server.detached);
}

/* What the machine says is bounded, too. */
TEST(test_a_target_that_lies)
{
	struct debug_stop stop = {.why = 77, .vcpu = 9};

	begin();
	target.about.vcpus = 200;
	server_start(&server, &target, &stop);
	assert_int_equal(target.about.vcpus, 1);
	expect("?", "W00");
	expect("qfThreadInfo", "m1");
}
