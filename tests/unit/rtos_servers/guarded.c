/* See guarded.h. */
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/guarded.h>

struct guarded guarded;
static struct guestcache guarded_cache;

static bool read_fault(uint32_t vcpu, struct watch_fault *to)
{
	*to = guarded.fault;
	return (guarded.faulty >> vcpu & 1) != 0 && guarded.fault.changes != 0 &&
	       guarded.answered >> 8 != guarded.fault.changes;
}

static void take_answer(uint32_t vcpu, uint64_t answer)
{
	assert_true((guarded.faulty >> vcpu & 1) != 0);
	guarded.answered = answer;
}

/* A vCPU that carries out a store has finished when it is asked again. */
static bool retract(uint32_t vcpu)
{
	const bool stores = (guarded.storing >> vcpu & 1) != 0;

	guarded.retracted |= 1u << vcpu;
	guarded.storing &= ~(1u << vcpu);
	if (stores)
		guest_store(LISTED_MODULE_TEXT + 0x40, guest_load(LISTED_MODULE_TEXT + 0x40) ^ 1);
	return !stores;
}

static uint64_t allow(uint32_t vcpu, uint32_t rights, uint64_t page, uint64_t pages)
{
	if (vcpu < guarded.vcpus_off) {
		guarded.refusals++;
		return pages;
	}
	assert_int_equal(vcpu, guarded.vcpus_off);
	assert_true(guarded.allows < GUARDED_LOG && pages != 0);
	if (!guarded.changes_rights || guarded.allows == guarded.allowance)
		return pages > 1 ? pages / 2 : pages;
	guarded.allowed[guarded.allows][0] = page * PREVENT_PAGE | rights;
	guarded.allowed[guarded.allows++][1] = pages;
	return 0;
}

static bool mends(void)
{
	return guarded.mending;
}

static void tell(const struct prevent_told *what)
{
	guarded.told = *what;
	guarded.tells++;
}

static void sites(uint64_t text, uint64_t table, uint64_t pages)
{
	guarded.sites[0] = text;
	guarded.sites[1] = table;
	guarded.sites[2] = pages;
	guarded.tables++;
}

static void fix(uint64_t from, uint64_t pages)
{
	guarded.fixed[0] = from;
	guarded.fixed[1] = pages;
}

static void refuse(void)
{
	guarded.refuses++;
}

static void keep(const struct prevent_sealed *sealed)
{
	guarded.kept = *sealed;
}

void guarded_put_state(uint32_t state)
{
	guest_store(guarded.file.facts.system_state & ~7u,
	            (uint64_t)state << guarded.file.facts.system_state % 8 * 8);
}

static void set_facts(struct watchfacts *facts)
{
	facts->entry = GUARDED_ENTRY;
	facts->entry_end = GUARDED_ENTRY + PREVENT_PAGE;
	facts->modules = GUARDED_HEAD;
	facts->module_list = 8;
	facts->module_name = GUARDED_NAME;
	facts->module_base = 96;
	facts->module_size = 88;
	facts->module_text_size = 104;
	facts->module_init_base = 112;
	facts->module_init_size = 120;
}

static void put_module(const struct watchfacts *facts)
{
	guest_store(GUARDED_HEAD, guest_va(GUARDED_MODULE + facts->module_list));
	guest_store(GUARDED_MODULE + facts->module_list, guest_va(GUARDED_HEAD));
	guest_store(GUARDED_MODULE + GUARDED_NAME, 0x656e6f); /* "one" */
	guest_store(GUARDED_MODULE + facts->module_base, guest_va(LISTED_MODULE_TEXT));
	guest_store(GUARDED_MODULE + facts->module_size, GUARDED_MEMORY);
	guest_store(GUARDED_MODULE + facts->module_text_size, LISTED_MODULE_SIZE);
	guest_store(GUARDED_MODULE + facts->module_init_base, guest_va(LISTED_MODULE_INIT));
	guest_store(GUARDED_MODULE + facts->module_init_size, PREVENT_PAGE);
}

void guarded_set_up(void)
{
	struct prevent *prevent = &guarded.prevent;

	guest_build();
	guarded = (struct guarded){.file = guest_file,
	                           .guest = guest_ready(),
	                           .used = true,
	                           .life = 1,
	                           .allowance = GUARDED_LOG,
	                           .changes_rights = true,
	                           .faulty = 1};
	set_facts(&guarded.file.facts);
	put_module(&guarded.file.facts);
	guarded.guest.facts = &guarded.file.facts;
	guarded.guest.cache = &guarded_cache;
	*prevent = (struct prevent){.works = true,
	                            .guest = &guarded.guest,
	                            .used = &guarded.used,
	                            .life = &guarded.life,
	                            .image = guarded.guest,
	                            .fault = read_fault,
	                            .answer = take_answer,
	                            .retract = retract,
	                            .allow = allow,
	                            .mends = mends,
	                            .keep = keep,
	                            .sites = sites,
	                            .fix = fix,
	                            .refuse = refuse,
	                            .watching = &guarded.watching,
	                            .tell = tell};
	assert_true(prevent_pages_open(&prevent->pages, guarded.kept_pages,
	                               sizeof(guarded.kept_pages), &prevent->image.walk));
	prevent->approve.guest = &guarded.guest;
	listed_module_make(&prevent->approve, &guarded.file.facts);
	guarded_put_state(guarded.file.facts.running);
}

void guarded_tear_down(void)
{
	guest_free();
}

uint32_t guarded_judge(uint64_t syndrome, uint32_t el, uint32_t place, uint32_t value)
{
	guarded.allows = guarded.tells = 0;
	guarded.answered = 0;
	guarded.fault = (struct watch_fault){.changes = guarded.fault.changes + 2,
	                                     .syndrome = syndrome,
	                                     .address = GUEST_KERNEL + place,
	                                     .at = guest_va(place),
	                                     .pstate = el,
	                                     .value = value};
	(void)prevent_look(&guarded.prevent, 1, 1);
	assert_true(guarded.answered == 0 || guarded.answered >> 8 == guarded.fault.changes);
	return guarded.answered & 0xff;
}

void guarded_seal(void)
{
	assert_int_equal(guarded_judge(GUARDED_FETCH, GUARDED_EL0, GUARDED_FREE, 0),
	                 WATCH_FAULT_AGAIN);
	assert_int_equal(guarded.told.event, PREVENT_SEALED);
}

bool guarded_is_code(uint64_t address)
{
	return prevent_pages_state(&guarded.prevent.pages, address) == PREVENT_PAGE_CODE;
}

void guarded_expect(uint32_t index, uint32_t place, uint32_t pages, uint64_t rights)
{
	assert_in_range(index, 0, guarded.allows - 1);
	assert_int_equal(guarded.allowed[index][0], (GUEST_KERNEL + place) | rights);
	assert_int_equal(guarded.allowed[index][1], pages);
}
