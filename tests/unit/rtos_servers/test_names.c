/*
 * The decisions of the server of names: sentences of the manifest, places of offers, and waiting
 * programs.
 *
 * Shows: rtos.names.
 */
#include <servers/names/rules.h>
#include <servers/names/table.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unit.h>

#define STEPS 20000
#define NAMES 48 /* more names than places */

/* ---- rules ---- */

static const char sentences[] = "job offers sums\0shell finds *\0* finds a name of words\0"
                                "any offers *\0half offers\0\0  finds x";
#define SENTENCES 7

static bool may(const char *program, const char *verb, const char *name)
{
	return rules_allow(sentences, SENTENCES, program, verb, name);
}

TEST(test_rules)
{
	assert_true(may("job", "offers", "sums"));
	assert_false(may("job", "finds", "sums"));
	assert_false(may("job", "offers", "sum"));
	assert_false(may("job", "offers", "sumsx"));
	assert_false(may("jo", "offers", "sums"));
	assert_false(may("job2", "offers", "sums"));
	assert_false(may("job", "offer", "sums"));
	assert_true(may("shell", "finds", "sums"));
	assert_false(may("shell", "offers", "sums"));
	assert_true(may("nobody", "finds", "a name of words"));
	assert_false(may("nobody", "finds", "a name"));
	assert_true(may("any", "offers", "*"));
	assert_false(may("half", "offers", "sums"));
	assert_false(may("half", "offers", "half"));
	assert_false(rules_allow(sentences, 0, "job", "offers", "sums"));
	assert_false(rules_allow(sentences, 1, "shell", "finds", "sums"));
}

/* ---- offers, against a plain list of them ---- */

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(random_state >> 33) % limit;
}

static struct {
	uint64_t badge; /* 0: it isn't offered */
	rtos_handle_t port;
} model[NAMES];

static uint32_t model_count(uint64_t badge)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < NAMES; i++)
		count += badge == 0 ? model[i].badge != 0 : model[i].badge == badge;
	return count;
}

static enum names_status model_place(uint32_t name, uint64_t badge)
{
	if (model[name].badge != 0)
		return model[name].badge == badge ? NAMES_OK : NAMES_TAKEN;
	return model_count(badge) < TABLE_EACH && model_count(0) < TABLE_OFFERS ? NAMES_OK
	                                                                        : NAMES_FULL;
}

static void name_of(uint32_t number, char name[NAMES_NAME])
{
	memset(name, 0, NAMES_NAME);
	(void)snprintf(name, NAMES_NAME, "%u", number);
}

static void step_offer(struct table *table, uint32_t number, rtos_handle_t port)
{
	const uint64_t badge = 1 + random_below(6);
	const enum names_status expected = model_place(number, badge);
	struct offer *place = NULL;
	char name[NAMES_NAME];

	name_of(number, name);
	assert_int_equal(table_place(table, badge, name, &place), expected);
	if (expected != NAMES_OK)
		return;
	assert_true(place->call.badge == model[number].badge);
	*place = (struct offer){.call = {.badge = badge}, .port = port};
	memcpy(place->name, name, NAMES_NAME);
	model[number].badge = badge;
	model[number].port = port;
}

static void step_strike(struct table *table, rtos_handle_t port)
{
	table_strike(table, port);
	for (uint32_t i = 0; i < NAMES; i++)
		if (model[i].port == port)
			model[i].badge = 0;
}

TEST(test_offers)
{
	static struct table table;
	char name[NAMES_NAME];

	for (uint32_t step = 0; step < STEPS; step++) {
		const uint32_t number = random_below(NAMES), port = 1 + random_below(200);
		const struct offer *found;

		step_strike(&table, port);
		if (random_below(8) != 0)
			step_offer(&table, number, port);
		name_of(number, name);
		found = table_find(&table, name);
		assert_true((found != NULL) == (model[number].badge != 0));
		assert_true(!found || (found->call.badge == model[number].badge &&
		                       found->port == model[number].port));
	}
}

/* ---- waiting programs ---- */

/* Each program waits as often as it may. */
static void wait_for(struct table *table, uint32_t number, uint64_t identity)
{
	struct waiter waiter = {.call = {.badge = 1 + identity / TABLE_EACH, .identity = identity}};
	struct waiter longest;

	name_of(number, waiter.name);
	assert_false(table_wait(table, &waiter, &longest));
}

TEST(test_waiters)
{
	static struct table table;
	struct waiter waiter, longest;
	char name[NAMES_NAME];

	for (uint32_t i = 0; i < TABLE_WAITERS; i++)
		wait_for(&table, i % 4, i);
	name_of(9, waiter.name);
	waiter.call = (struct table_call){99, 99, 0};
	assert_true(table_wait(&table, &waiter, &longest));
	assert_int_equal(longest.call.identity, 0);
	/* Waiters of a name are answered in the order in which they came. Waiter 0 was put out. */
	name_of(0, name);
	for (uint32_t i = 4; i < TABLE_WAITERS; i += 4) {
		assert_true(table_take(&table, name, &waiter));
		assert_int_equal(waiter.call.identity, i);
	}
	assert_false(table_take(&table, name, &waiter));
	assert_int_equal(table.waiting, 1 + 3 * TABLE_WAITERS / 4);
}

/* A program that waits more often than it may puts out its own waiters, and no others. */
TEST(test_too_many)
{
	static struct table table;
	struct waiter waiter = {.call = {.badge = 2, .identity = 1000}}, longest;

	for (uint32_t i = 0; i < TABLE_EACH; i++)
		wait_for(&table, 0, i);
	assert_false(table_wait(&table, &waiter, &longest));
	waiter.call.badge = 1;
	for (uint32_t i = 0; i < 3 * TABLE_WAITERS; i++) {
		waiter.call.identity = TABLE_EACH + i;
		assert_true(table_wait(&table, &waiter, &longest));
		assert_int_equal(longest.call.badge, 1);
		assert_int_equal(longest.call.identity, i);
	}
	assert_int_equal(table.waiting, TABLE_EACH + 1);
	assert_int_equal(table.waiters[0].call.identity, 1000);
}

/* ---- while a server begins ---- */

static enum table_begin begins(struct table *table, uint64_t badge, uint64_t identity, bool patient)
{
	const struct request request = {.call = {badge, identity, 1},
	                                .operation = patient ? NAMES_FIND : NAMES_OFFER,
	                                .port = patient ? 0 : (rtos_handle_t)identity,
	                                .patient = patient};

	return table_begins(table, &request);
}

/*
 * The table holds so many calls of each program and of all, and as many patient ones again, in the
 * order in which they came. A number that comes again is another call.
 */
TEST(test_held)
{
	static struct table table;
	struct table_call call;
	struct request request;

	for (uint32_t i = 0; i < TABLE_EACH; i++)
		assert_int_equal(begins(&table, 1, 1 + i, false), TABLE_HELD);
	assert_int_equal(begins(&table, 1, 99, false), TABLE_REFUSED_LATER);
	for (uint32_t i = TABLE_EACH; i < TABLE_WAITERS; i++)
		assert_int_equal(begins(&table, 1 + i / TABLE_EACH, 1 + i, false), TABLE_HELD);
	assert_int_equal(begins(&table, 77, 98, false), TABLE_REFUSED_LATER);
	for (uint32_t i = TABLE_WAITERS; i < 2 * TABLE_WAITERS; i++)
		assert_int_equal(begins(&table, 1 + i / TABLE_EACH, 1 + i, true), TABLE_HELD);
	assert_int_equal(begins(&table, 77, 97, true), TABLE_REFUSED_LATER);
	table_strike(&table, 3);
	for (uint32_t i = 0; i < 2 * TABLE_WAITERS; i++) {
		assert_true(table_release(&table, &request));
		assert_int_equal(request.call.identity, 1 + i);
		assert_int_equal(request.port, i == 2 || i >= TABLE_WAITERS ? 0 : 1 + i);
	}
	assert_false(table_release(&table, &request));
	for (uint64_t identity = 97; table_refuse(&table, &call); identity++)
		assert_int_equal(call.identity, identity);
	assert_int_equal(call.identity, 99);
	assert_int_equal(begins(&table, 1, 1, false), TABLE_HELD);
}

/*
 * Plays callers of one program that are more urgent than an earlier offer, and ask again as soon as
 * they are answered. True: a server that begins comes to that offer. False: the begin is over.
 */
static bool comes_to_offer(struct table *table, uint32_t callers, enum names_operation what)
{
	struct request ask = {.operation = what, .patient = true, .deliveries = 0};
	uint32_t waiting = callers; /* at the port, in front of the offer */

	for (uint32_t taken = 0; waiting > 0; taken++) {
		enum table_begin begin;

		assert_true(taken < TABLE_EACH + TABLE_REFUSED);
		ask.call = (struct table_call){1, 1 + taken, 1};
		ask.deliveries = what != NAMES_OFFER && taken % 3 == 0;
		begin = table_begins(table, &ask);
		if (begin == TABLE_OVER)
			return false;
		waiting -= begin != TABLE_SERVE;
	}
	return true;
}

TEST(test_asked_without_end)
{
	static const enum names_operation asked[] = {NAMES_FIND, NAMES_ASK, NAMES_WITHDRAW,
	                                             NAMES_OFFER};
	const struct request offer = {.call = {1, 1, 1}, .operation = NAMES_OFFER, .deliveries = 1};

	for (uint32_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		for (uint32_t callers = 1; callers < 2 * TABLE_REFUSED; callers++) {
			struct table table = {.holding = 0};
			const bool reached = callers < TABLE_EACH + TABLE_REFUSED;

			assert_int_equal(comes_to_offer(&table, callers, asked[i]), reached);
			assert_int_equal(table_begins(&table, &offer), TABLE_SERVE);
		}
}

/*
 * A sent call takes no program's place, not even an offer that was delivered before. After
 * TABLE_SENT sent calls the begin is over.
 */
TEST(test_sent)
{
	static struct table table;
	struct request sent = {.call = {1, 1, 0}, .operation = NAMES_OFFER, .deliveries = 1};
	struct request request;

	for (uint32_t i = 1; i < TABLE_SENT; i++)
		assert_int_equal(table_begins(&table, &sent), TABLE_DROPPED);
	for (uint32_t i = 0; i < TABLE_EACH; i++)
		assert_int_equal(begins(&table, 1, 1 + i, false), TABLE_HELD);
	assert_int_equal(table_begins(&table, &sent), TABLE_OVER);
	for (uint32_t i = 0; i < TABLE_EACH; i++)
		assert_true(table_release(&table, &request) && request.call.identity == 1 + i);
	assert_false(table_release(&table, &request) || table_refuse(&table, &request.call));
}

/* ---- earlier deliveries, in any order ---- */

#define OLDER   TABLE_OFFERS  /* were offered; all of them fit */
#define YOUNGER TABLE_WAITERS /* were held while a server began */

static struct request before[OLDER + YOUNGER];

/* Does as main.c with each delivery while the server begins. */
static void offer_again(struct table *table, const struct request *request)
{
	struct offer *place = NULL, *younger;

	while (table_place(table, request->call.badge, request->name, &place) != NAMES_OK) {
		younger = table_younger(table, request);
		if (!younger)
			return;
		younger->call.badge = 0;
	}
	if (!table_renewed(place, request))
		table_fill(place, request);
}

/*
 * Makes older offers of four programs, which then have as many as they may, or of more programs.
 * The younger offers are of the same programs and of others, of the same names and of others.
 */
static void make_before(uint32_t programs)
{
	for (uint32_t i = 0; i < OLDER + YOUNGER; i++) {
		const bool older = i < OLDER;
		const uint32_t name = older ? i : random_below(NAMES);
		const uint64_t badge = 1 + (older ? i % programs : random_below(programs + 2));

		before[i] = (struct request){.call = {.badge = badge, .identity = 1 + i},
		                             .deliveries = older ? 2 : 1};
		name_of(name, before[i].name);
	}
	for (uint32_t i = OLDER + YOUNGER; i-- > 1;) {
		const uint32_t other = random_below(i + 1);
		const struct request kept = before[i];

		before[i] = before[other];
		before[other] = kept;
	}
}

/*
 * Checks that each name belongs to the program of its older offer, which may have offered it anew.
 */
static void check_before(struct table *table)
{
	for (uint32_t i = 0; i < OLDER + YOUNGER; i++) {
		const struct offer *found = table_find(table, before[i].name);

		if (before[i].deliveries < 2)
			continue;
		assert_non_null(found);
		assert_int_equal(found->call.badge, before[i].call.badge);
	}
}

TEST(test_older_first)
{
	for (uint32_t round = 0; round < 2000; round++) {
		static struct table table;

		memset(&table, 0, sizeof(table));
		make_before(OLDER / TABLE_EACH + random_below(4));
		for (uint32_t i = 0; i < OLDER + YOUNGER; i++)
			offer_again(&table, &before[i]);
		check_before(&table);
	}
}

/* Of two offers of one name by one program, the later one stays, in either order of delivery. */
TEST(test_renewed)
{
	for (uint32_t first = 1; first <= 2; first++) {
		struct table table = {.holding = 0};

		for (uint32_t i = 0; i < 2; i++) {
			const uint32_t deliveries = i == 0 ? first : 3 - first;
			const struct request request = {
			    .call = {.badge = 1, .identity = 10 - deliveries},
			    .deliveries = deliveries,
			    .name = "sums"};

			offer_again(&table, &request);
		}
		assert_int_equal(
		    table_find(&table, (const char[NAMES_NAME]){"sums"})->call.identity, 9);
	}
}
