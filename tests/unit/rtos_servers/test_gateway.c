/*
 * The gateway's decisions: its rules, and its flows. Each frame that came is in exactly one record,
 * for any order of flows, ticks and full queues.
 *
 * Shows: gateway.rules, gateway.log, rtos.probe.
 */
#include <servers/gateway/flows.h>
#include <servers/gateway/known.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define SECOND  UINT64_C(1000000000)
#define INSIDE  0x0a00020fu /* 10.0.2.15 */
#define OUTSIDE 0x0a000202u

static const uint8_t card[6] = {2, 1, 2, 3, 4, 5};
static const uint8_t none[6];
static struct flows flows;
static struct pending pending;
static struct rules rules;

static void read_rules(const char *text)
{
	assert_null(rules_read(&rules, text, strlen(text)).what);
}

static void begin(void)
{
	memset(&flows, 0, sizeof(flows));
	memset(&pending, 0, sizeof(pending));
	flows_begin(&flows, &pending, 1);
}

/* ---- rules ---- */

static const char *wrong_of(const char *text, uint32_t line)
{
	const struct rules_wrong wrong = rules_read(&rules, text, strlen(text));

	assert_non_null(wrong.what);
	assert_int_equal(wrong.line, line);
	return wrong.what;
}

TEST(mistakes_are_told)
{
	static const char any[] = "allow both any\n";
	char many[65 * (sizeof(any) - 1) + 1] = "";

	assert_non_null(strstr(wrong_of("permit out tcp\n", 1), "'allow' or 'deny'"));
	assert_non_null(strstr(wrong_of("# x\n\nallow tcp out\n", 3), "'out', 'in' or 'both'"));
	assert_non_null(strstr(wrong_of("allow out http\n", 1), "any, arp, ip"));
	assert_non_null(strstr(wrong_of("allow out\n", 1), "any, arp, ip"));
	assert_non_null(strstr(wrong_of("allow out tcp until 5\n", 1), "'from', 'to' or 'port'"));
	assert_non_null(strstr(wrong_of("allow out icmp port 5\n", 1), "only tcp and udp"));
	assert_non_null(strstr(wrong_of("allow out tcp port\n", 1), "up to 65535"));
	assert_non_null(strstr(wrong_of("allow out tcp port 65536\n", 1), "up to 65535"));
	assert_non_null(strstr(wrong_of("allow out tcp port 90-80\n", 1), "up to 65535"));
	assert_non_null(strstr(wrong_of("allow out tcp port 99999999999999\n", 1), "up to 65535"));
	assert_non_null(strstr(wrong_of("allow out tcp to 10.0.2\n", 1), "an address"));
	assert_non_null(strstr(wrong_of("allow out tcp to 10.0.2.256\n", 1), "an address"));
	assert_non_null(strstr(wrong_of("allow out tcp to 10.0.2.1/33\n", 1), "an address"));
	assert_non_null(strstr(wrong_of("allow out tcp to 10.0.2.1/24\n", 1), "an address"));
	assert_non_null(strstr(wrong_of("allow out any to 10.0.2.1\n", 1), "not with 'any'"));
	for (int i = 0; i < 65; i++)
		memcpy(many + (size_t)i * (sizeof(any) - 1), any, sizeof(any) - 1);
	assert_non_null(strstr(wrong_of(many, 65), "more than 64 rules"));
}

static struct frame frame_of(uint8_t protocol, uint32_t from, uint32_t to, uint16_t port)
{
	return (struct frame){.type = FRAME_TYPE_IP,
	                      .protocol = protocol,
	                      .address = {from, to},
	                      .port = {40000, port},
	                      .begins = true};
}

static uint32_t line_for(uint8_t protocol, uint32_t to, uint16_t port, bool outward)
{
	const struct frame frame = frame_of(protocol, INSIDE, to, port);
	const struct rule *rule = rules_find(&rules, &frame, outward);

	return rule ? rule->line : 0;
}

TEST(the_first_rule_that_fits_decides)
{
	read_rules("deny out tcp to 10.0.2.0/24 port 80-90\r\n"
	           "allow out tcp from 10.0.2.15\n"
	           "\tallow  both\tudp   port 53");
	assert_int_equal(rules.count, 3);
	assert_int_equal(line_for(FRAME_TCP, OUTSIDE, 80, true), 1);
	assert_int_equal(line_for(FRAME_TCP, OUTSIDE, 90, true), 1);
	assert_int_equal(line_for(FRAME_TCP, OUTSIDE, 91, true), 2);
	assert_int_equal(line_for(FRAME_TCP, 0x08080808, 80, true), 2);
	assert_int_equal(line_for(FRAME_TCP, OUTSIDE, 91, false), 0);
	assert_int_equal(line_for(FRAME_UDP, OUTSIDE, 53, false), 3);
	assert_int_equal(line_for(FRAME_UDP, OUTSIDE, 54, true), 0);
	assert_int_equal(line_for(FRAME_ICMP, OUTSIDE, 53, true), 0);
}

TEST_WITH(a_known_packet_finds_its_rule, begin, NULL)
{
	assert_true(known_is_answered());
}

/* ---- flows ---- */

static struct frame reversed(const struct frame *frame)
{
	struct frame back = *frame;

	for (int i = 0; i < 2; i++) {
		back.address[i] = frame->address[1 - i];
		back.port[i] = frame->port[1 - i];
	}
	back.begins = false;
	return back;
}

static bool passes(const struct frame *frame, bool outward, uint64_t now)
{
	return flows_pass(&flows, &rules, &pending, frame, outward, 100, now);
}

static struct gatelog_record next_record(void)
{
	assert_true(pending_count(&pending) > 0);
	return pending.record[pending.taken++ % PENDING_MOST];
}

TEST_WITH(answers_pass_and_are_counted, begin, NULL)
{
	const struct frame out = frame_of(FRAME_TCP, INSIDE, OUTSIDE, 80), in = reversed(&out);
	struct gatelog_record record;

	read_rules("allow out tcp port 80\n");
	assert_false(passes(&in, false, 1));
	assert_true(passes(&out, true, 2));
	assert_true(passes(&in, false, 3));
	assert_true(passes(&in, false, 4));
	flows_tick(&flows, &pending, SECOND);
	record = next_record(); /* the outside's earlier try */
	assert_int_equal(record.reason, GATELOG_DENIED);
	assert_int_equal(record.outward, 0);
	record = next_record();
	assert_int_equal(record.kind, GATELOG_FLOW);
	assert_int_equal(record.reason, GATELOG_ALLOWED);
	assert_int_equal(record.rule, 1);
	assert_int_equal(record.outward, 1);
	assert_memory_equal(record.address[0], "\x0a\x00\x02\x0f", 4);
	assert_int_equal(record.port[1], 80);
	assert_int_equal(record.frames[0], 1);
	assert_int_equal(record.frames[1], 2);
	assert_int_equal(record.bytes[1], 200);
	assert_int_equal(pending_count(&pending), 0);
	flows_tick(&flows, &pending, 2 * SECOND);
	assert_int_equal(pending_count(&pending), 0);
}

TEST_WITH(tcp_has_to_begin, begin, NULL)
{
	struct frame frame = frame_of(FRAME_TCP, INSIDE, OUTSIDE, 80);

	read_rules("allow out tcp\n");
	frame.begins = false;
	assert_false(passes(&frame, true, 1));
	assert_false(passes(&frame, true, 2));
	frame.begins = true;
	assert_true(passes(&frame, true, 3));
	frame.begins = false;
	assert_true(passes(&frame, true, 4));
	assert_int_equal(next_record().reason, GATELOG_NO_BEGIN);
}

TEST_WITH(other_rules_dont_begin_a_flow, begin, NULL)
{
	struct frame frame = frame_of(FRAME_TCP, INSIDE, OUTSIDE, 80);

	read_rules("allow out tcp\n");
	frame.begins = false;
	assert_false(passes(&frame, true, 1));
	flows_rules_changed(&flows);
	assert_false(passes(&frame, true, 2));
	read_rules("deny out tcp\n");
	flows_rules_changed(&flows);
	assert_false(passes(&frame, true, 3));
	read_rules("allow out tcp\n");
	flows_rules_changed(&flows);
	assert_false(passes(&frame, true, 4));
	frame.begins = true;
	assert_true(passes(&frame, true, 5));
}

TEST_WITH(fragments_never_pass, begin, NULL)
{
	struct frame frame = frame_of(47, INSIDE, OUTSIDE, 0);
	struct gatelog_record record;

	read_rules("allow both any\n");
	frame.found = FRAME_FRAGMENT;
	assert_false(passes(&frame, true, 1));
	frame.found = FRAME_WHOLE;
	assert_true(passes(&frame, true, 2));
	frame.found = FRAME_FRAGMENT;
	assert_false(passes(&frame, true, 3));
	flows_tick(&flows, &pending, SECOND);
	for (int i = 0; i < 2; i++) {
		record = next_record();
		assert_int_equal(record.frames[0], record.reason == GATELOG_FRAGMENT ? 2 : 1);
	}
	assert_int_equal(pending_count(&pending), 0);
}

/* A card that takes another's addresses has a flow of its own. So have frames without addresses. */
TEST_WITH(the_log_has_the_cards, begin, NULL)
{
	struct frame out = frame_of(FRAME_UDP, INSIDE, OUTSIDE, 53), in = reversed(&out);
	struct frame other = {.type = 0x86dd, .card = {{2, 9}, {0x33, 0x33}}};
	struct gatelog_record record;

	read_rules("allow out udp\nallow out any\n");
	memcpy(out.card[0], card, sizeof(card));
	memset(out.card[1], 0xff, sizeof(out.card[1]));
	in.card[0][5] = 7;
	assert_true(passes(&out, true, 1));
	assert_true(passes(&in, false, 2));
	in.card[0][5] = 8;
	assert_false(passes(&in, false, 3));
	out.card[0][5] = 9;
	assert_true(passes(&out, true, 4));
	out.card[0][5] = card[5];
	assert_true(passes(&out, true, 5));
	assert_true(passes(&other, true, 6));
	other.card[1][5] = 1;
	assert_true(passes(&other, true, 7));
	flows_tick(&flows, &pending, SECOND);
	assert_int_equal(pending_count(&pending), 5);
	for (int i = 0; i < 5; i++) {
		record = next_record();
		if (record.type == 0x86dd)
			assert_memory_equal(record.card[1], "\x33\x33", 2);
		else if (record.frames[0] == 2)
			assert_int_equal(record.card[1][5], 7);
		else if (record.outward)
			assert_memory_equal(record.card[1], none, sizeof(none));
		assert_int_equal(record.frames[0] + record.frames[1],
		                 record.frames[0] == 2 ? 3 : 1);
	}
}

TEST_WITH(other_rules_hold_for_old_flows, begin, NULL)
{
	const struct frame out = frame_of(FRAME_TCP, INSIDE, OUTSIDE, 80), in = reversed(&out);

	read_rules("allow out tcp\n");
	assert_true(passes(&out, true, 1));
	flows_rules_changed(&flows);
	assert_true(passes(&in, false, 2)); /* either side may send after the inside began */
	read_rules("deny out tcp\n");
	flows_rules_changed(&flows);
	assert_false(passes(&in, false, 3));
	assert_false(passes(&out, true, 4));
}

/* A flood of flows has a limit. A connection in another group goes on. */
TEST_WITH(a_crowd_is_refused_and_counted, begin, NULL)
{
	struct frame frame = frame_of(FRAME_UDP, INSIDE, OUTSIDE, 1);
	uint64_t passed = 0;
	struct gatelog_record record = {0};

	read_rules("allow out udp\n");
	for (uint16_t i = 0; i < 1000; i++) {
		frame.port[1] = i;
		passed += passes(&frame, true, i);
	}
	assert_int_equal(passed, FLOWS_NEW_MOST);
	flows_tick(&flows, &pending, SECOND);
	while (record.kind != GATELOG_CROWD)
		record = next_record();
	assert_int_equal(record.frames[0], 1000 - FLOWS_NEW_MOST);
	frame.port[1] = 2000;
	assert_true(passes(&frame, true, SECOND));
}

/* The network's flood doesn't keep the inside from beginning flows, and takes no places. */
TEST_WITH(a_side_has_its_own_limits, begin, NULL)
{
	struct frame in = frame_of(FRAME_UDP, OUTSIDE, INSIDE, 1);
	struct frame out = frame_of(FRAME_UDP, INSIDE, OUTSIDE, 1);
	uint32_t there = 0;

	read_rules("allow out udp\nallow in udp port 0-9999\n");
	for (uint16_t i = 0; i < 400; i++) {
		flows_tick(&flows, &pending, i + 1);
		pending.taken = pending.put;
		out.port[1] = i;
		assert_true(passes(&out, true, i + 1));
	}
	for (uint16_t i = 0; i < 20000; i++) {
		if (i % 50 == 0)
			flows_tick(&flows, &pending, 1000 + i);
		pending.taken = pending.put;
		in.port[1] = i;
		(void)passes(&in, false, 1000 + i);
	}
	for (uint16_t i = 0; i < FLOWS_NEW_MOST; i++) {
		in.port[1] = (uint16_t)(30000 + i);
		(void)passes(&in, false, 30000);
	}
	out.port[1] = 9999;
	assert_true(passes(&out, true, 30001));
	flows_tick(&flows, &pending, 30002);
	pending.taken = pending.put;
	/* Most of the last flows are there, as only the inside's own flows took their places. */
	flows.begun[0] = FLOWS_NEW_MOST;
	for (uint16_t i = 360; i < 400; i++) {
		out.port[1] = i;
		there += passes(&out, true, 30003);
	}
	assert_true(there > 25);
}

/*
 * A flood fills no disk: beyond a limit the inside begins no more flows, and other flows have one
 * record an hour.
 */
TEST_WITH(records_have_a_limit, begin, NULL)
{
	struct frame frame = frame_of(FRAME_UDP, INSIDE, OUTSIDE, 1), in = frame;
	uint64_t now = SECOND, records = 0;

	read_rules("allow both udp\n");
	in.address[0] = 1;
	for (uint32_t i = 0; i < 3500; i++) {
		flows_tick(&flows, &pending, now += SECOND);
		for (uint16_t j = 0; j < 200; j++) {
			frame.port[0] = (uint16_t)(i * 7 + j);
			frame.port[1] = (uint16_t)(i * 3 + j * 2);
			(void)passes(&frame, true, now);
			records += pending_count(&pending);
			pending.taken = pending.put;
		}
		in.port[0] = (uint16_t)i;
		(void)passes(&in, false, now);
	}
	assert_true(records >= FLOWS_RECORDS_INSIDE);
	assert_true(records < FLOWS_RECORDS_INSIDE + FLOWS_RECORDS_OUTSIDE + 1200);
	frame.port[1] = 60000;
	frame.port[0] = 60000;
	assert_false(passes(&frame, true, now));
	flows_tick(&flows, &pending, 3601 * SECOND);
	pending.taken = pending.put;
	assert_true(passes(&frame, true, 3601 * SECOND));
}

TEST_WITH(a_flow_has_a_record_a_minute, begin, NULL)
{
	const struct frame frame = frame_of(FRAME_TCP, INSIDE, OUTSIDE, 9);

	read_rules("allow out udp\n");
	assert_false(passes(&frame, true, SECOND));
	flows_tick(&flows, &pending, SECOND);
	assert_int_equal(next_record().frames[0], 1);
	for (uint64_t now = 2; now <= 60; now++) {
		assert_false(passes(&frame, true, now * SECOND));
		flows_tick(&flows, &pending, now * SECOND);
	}
	assert_int_equal(pending_count(&pending), 0);
	flows_tick(&flows, &pending, 62 * SECOND);
	assert_int_equal(next_record().frames[0], 59);
	assert_int_equal(pending_count(&pending), 0);
}

TEST_WITH(a_spent_side_has_a_record_an_hour, begin, NULL)
{
	const struct frame frame = frame_of(FRAME_UDP, INSIDE, OUTSIDE, 9);

	read_rules("allow out udp\n");
	assert_true(passes(&frame, true, SECOND));
	flows_tick(&flows, &pending, SECOND);
	assert_int_equal(next_record().frames[0], 1);
	flows.records[0] = FLOWS_RECORDS_INSIDE;
	for (uint64_t now = 2; now < 3600; now += 30) {
		assert_true(passes(&frame, true, now * SECOND));
		flows_tick(&flows, &pending, now * SECOND);
	}
	assert_int_equal(pending_count(&pending), 0);
	assert_true(passes(&frame, true, 3602 * SECOND));
	flows_tick(&flows, &pending, 3602 * SECOND);
	assert_int_equal(next_record().frames[0], 121);
}

TEST_WITH(lost_frames_are_logged, begin, NULL)
{
	struct gatelog_record record;

	flows_lose(&flows, true, 3, 1);
	flows_lose(&flows, false, 4, 2);
	flows_tick(&flows, &pending, SECOND);
	record = next_record();
	assert_int_equal(record.kind, GATELOG_LOST);
	assert_int_equal(record.frames[0], 3);
	assert_int_equal(record.frames[1], 4);
	flows_lose(&flows, false, 4, 2 * SECOND);
	flows_tick(&flows, &pending, 3 * SECOND);
	assert_int_equal(pending_count(&pending), 0);
	flows_tick(&flows, &pending, 62 * SECOND);
	assert_int_equal(next_record().frames[1], 4);
}

/* A program that ended after it had put a record doesn't repeat the record. */
TEST_WITH(a_crash_doubles_no_record, begin, NULL)
{
	const struct frame frame = frame_of(FRAME_UDP, INSIDE, OUTSIDE, 9);
	struct counts *put = NULL, *not_put = &flows.crowd.counts;

	read_rules("allow out udp\n");
	assert_true(passes(&frame, true, 1));
	for (uint32_t i = 0; i < FLOWS_GROUPS * FLOWS_GROUP && !put; i++)
		if (flows.flow[i / FLOWS_GROUP][i % FLOWS_GROUP].used)
			put = &flows.flow[i / FLOWS_GROUP][i % FLOWS_GROUP].counts;
	assert_non_null(put);
	put->put = ++pending.put;
	*not_put = (struct counts){.frames = {5}, .put = pending.put + 1};
	flows_begin(&flows, &pending, 1);
	assert_int_equal(put->frames[0], 0);
	assert_int_equal(put->put, 0);
	assert_int_equal(not_put->frames[0], 5);
	assert_int_equal(not_put->put, 0);
}

/* Frames that passed aren't logged as refused, though there is no room when the rules change. */
TEST_WITH(a_full_queue_refuses_frames_under_changed_rules, begin, NULL)
{
	const struct frame frame = frame_of(FRAME_UDP, INSIDE, OUTSIDE, 9);
	struct gatelog_record record;

	read_rules("allow out udp\n");
	assert_true(passes(&frame, true, 1));
	read_rules("deny out udp\n");
	flows_rules_changed(&flows);
	pending.put = pending.taken + PENDING_MOST - PENDING_SPARE;
	assert_false(passes(&frame, true, 2));
	pending.taken = pending.put;
	flows_tick(&flows, &pending, SECOND);
	assert_int_equal(next_record().kind, GATELOG_CROWD);
	record = next_record();
	assert_int_equal(record.reason, GATELOG_ALLOWED);
	assert_int_equal(record.frames[0], 1);
	assert_false(passes(&frame, true, 2 * SECOND));
}

/* No new flow passes while the log can't be written. Known flows go on for ten seconds. */
TEST_WITH(a_full_queue_refuses_new_flows, begin, NULL)
{
	struct frame known = frame_of(FRAME_UDP, INSIDE, OUTSIDE, 9), other = known;
	struct gatelog_record record;

	read_rules("allow out udp\n");
	assert_true(passes(&known, true, 1));
	pending.put = pending.taken + PENDING_MOST - PENDING_SPARE;
	other.port[1] = 10;
	assert_false(passes(&other, true, 2));
	assert_true(passes(&known, true, 3));
	flows_tick(&flows, &pending, SECOND);
	assert_int_equal(pending_count(&pending), PENDING_MOST - PENDING_SPARE);
	assert_true(passes(&known, true, 11 * SECOND));
	assert_false(passes(&known, true, 12 * SECOND));
	pending.taken = pending.put;
	assert_true(passes(&known, true, 13 * SECOND));
	flows_tick(&flows, &pending, 13 * SECOND);
	record = next_record();
	assert_int_equal(record.kind, GATELOG_CROWD);
	assert_int_equal(record.frames[0], 2);
	assert_int_equal(next_record().frames[0], 4);
	assert_true(passes(&known, true, 14 * SECOND));
	pending.halted = true;
	assert_false(passes(&known, true, 15 * SECOND));
}

TEST_WITH(an_earlier_programs_flows_are_looked_at, begin, NULL)
{
	memset(&flows, 0xa5, sizeof(flows));
	flows_begin(&flows, &pending, 1);
	for (uint32_t i = 0; i < FLOWS_GROUPS; i++)
		for (uint32_t j = 0; j < FLOWS_GROUP; j++)
			assert_int_equal(flows.flow[i][j].used, 0);
}

/* How many of a member's bits can flip unnoticed. */
static uint32_t unnoticed(void *member, size_t size)
{
	uint32_t count = 0;

	for (size_t bit = 0; bit < 8 * size; bit++) {
		uint8_t *byte = (uint8_t *)member + bit / 8;

		*byte ^= (uint8_t)(1u << bit % 8);
		count += flows_are_sound(&flows, 1);
		*byte ^= (uint8_t)(1u << bit % 8);
	}
	return count;
}

static uint32_t unnoticed_of_flow(struct flow *flow)
{
	if (!flow->used)
		return 0;
	assert_int_equal(unnoticed(&flow->allowed, sizeof(flow->allowed)), 0);
	return unnoticed(&flow->address, sizeof(flow->address)) +
	       unnoticed(&flow->port, sizeof(flow->port)) +
	       unnoticed(&flow->type, sizeof(flow->type)) + unnoticed(&flow->protocol, 1);
}

/*
 * Damage that moves a flow to another group stays unnoticed in one of 128 cases. The next program
 * drops damaged flows.
 */
TEST_WITH(damage_is_noticed, begin, NULL)
{
	struct frame frame = frame_of(FRAME_UDP, INSIDE, OUTSIDE, 0);
	uint32_t count = 0, bits = 0;

	read_rules("allow out udp port 0-9\n");
	for (uint16_t i = 0; i < 20; i++) {
		frame.port[1] = i;
		assert_int_equal(passes(&frame, true, 1), i < 10);
	}
	assert_true(flows_are_sound(&flows, 1));
	assert_int_equal(unnoticed(&flows.secret, sizeof(flows.secret)), 0);
	for (uint32_t i = 0; i < FLOWS_GROUPS * FLOWS_GROUP; i++) {
		struct flow *flow = &flows.flow[i / FLOWS_GROUP][i % FLOWS_GROUP];

		bits += flow->used ? 120 : 0;
		count += unnoticed_of_flow(flow);
	}
	assert_int_equal(bits, 20 * 120);
	assert_true(count < bits / 50);
	flows.generation = 0;
	assert_false(flows_are_sound(&flows, 1));
	flows_begin(&flows, &pending, 1);
	assert_true(flows_are_sound(&flows, 1));
}

TEST_WITH(each_frame_is_in_one_record, begin, NULL)
{
	uint64_t now = 0, sent[2] = {0}, logged[2] = {0};

	srand(7);
	read_rules("allow out tcp port 0-3\nallow both udp\nallow in icmp\n");
	for (int i = 0; i < 300000; i++) {
		struct frame frame =
		    frame_of((uint8_t[]){1, 6, 17}[rand() % 3], INSIDE + (uint32_t)rand() % 8,
		             OUTSIDE, (uint16_t)(rand() % 6));
		const bool outward = rand() % 2 != 0;

		frame.port[0] = (uint16_t)(rand() % 16);
		frame.begins = rand() % 3 == 0;
		frame.ends = rand() % 10 == 0;
		frame.found = rand() % 50 == 0 ? FRAME_FRAGMENT : FRAME_WHOLE;
		now += (uint64_t)rand() % (SECOND / 50);
		(void)passes(&frame, outward, now);
		sent[!outward]++;
		if (rand() % 50 == 0)
			flows_tick(&flows, &pending, now);
		if (rand() % 5000 == 0)
			flows_rules_changed(&flows);
		assert_true(i % 100 != 0 || flows_are_sound(&flows, 1));
		while (rand() % 3 != 0 && pending_count(&pending) > 0) {
			const struct gatelog_record record = next_record();

			logged[0] += record.frames[0];
			logged[1] += record.frames[1];
		}
	}
	for (int i = 0; i < 10; i++) {
		flows_tick(&flows, &pending, now += 4000 * SECOND);
		while (pending_count(&pending) > 0) {
			const struct gatelog_record record = next_record();

			logged[0] += record.frames[0];
			logged[1] += record.frames[1];
		}
	}
	assert_int_equal(logged[0], sent[0]);
	assert_int_equal(logged[1], sent[1]);
}
