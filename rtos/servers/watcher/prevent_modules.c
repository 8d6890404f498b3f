/* See prevent_modules.h. */
#include "prevent_modules.h"
#include <lib/string.h>

/* A page of a module. */
struct prevent_at {
	uint32_t part;
	uint64_t offset; /* of the next one */
	uint64_t address, ipa;
};

/* ---- the guest's own words say which there are ---- */

static bool prevent_read_module(const struct guest *guest, uint64_t at,
                                struct prevent_module *module)
{
	const struct watchfacts *facts = guest->facts;

	module->module = at - facts->module_list;
	return guest_word(guest, module->module + facts->module_base, &module->base[0]) &&
	       guest_half(guest, module->module + facts->module_size, &module->memory) &&
	       guest_half(guest, module->module + facts->module_text_size, &module->size[0]) &&
	       guest_word(guest, module->module + facts->module_init_base, &module->base[1]) &&
	       guest_half(guest, module->module + facts->module_init_size, &module->size[1]);
}

/* Where the next page of its `size` lies, by the kernel's page tables. False: there is no other, or
 * the judgement's work is done. */
static bool prevent_next(struct prevent *prevent, const struct prevent_module *module,
                         struct prevent_at *at)
{
	while (at->part < 2) {
		const uint64_t address = module->base[at->part] + at->offset;

		if (at->offset >= module->size[at->part]) {
			*at = (struct prevent_at){.part = at->part + 1};
			continue;
		}
		if (prevent->work == 0)
			return false;
		prevent->work--;
		at->offset += PREVENT_PAGE;
		at->address = address;
		if (guest_ipa(prevent->guest, address, &at->ipa))
			return true;
	}
	return false;
}

/* Whether its constants, as they were compared, lie there still. */
static bool prevent_has_constant(const struct prevent *prevent, const struct prevent_module *module,
                                 uint64_t address)
{
	struct prevent_code code;
	uint64_t ipa;

	return prevent_pages_code(&prevent->pages, address, &code) &&
	       code.state == PREVENT_PAGE_CONSTANT &&
	       module->base[code.part] + code.offset == code.address &&
	       guest_ipa(prevent->guest, code.address, &ipa) &&
	       ipa / PREVENT_PAGE == address / PREVENT_PAGE;
}

/* Whether one of its pages of text, or of constants, lies there. */
static bool prevent_has_page(struct prevent *prevent, const struct prevent_module *module,
                             uint64_t address)
{
	struct prevent_at at = {.part = 0};

	if (prevent_has_constant(prevent, module, address))
		return true;
	while (prevent_next(prevent, module, &at))
		if (at.ipa / PREVENT_PAGE == address / PREVENT_PAGE)
			return true;
	return false;
}

static bool prevent_spans(const struct prevent_module *module, uint64_t at)
{
	return at - module->base[0] < module->size[0] || at - module->base[1] < module->size[1];
}

bool prevent_find(struct prevent *prevent, const struct watch_fault *fault, bool fetches,
                  struct prevent_module *module)
{
	const struct guest *guest = prevent->guest;
	const uint64_t head = guest_address(guest, guest->facts->modules);
	uint64_t at;

	if (guest->facts->modules == 0 || !guest_word(guest, head, &at))
		return false;
	for (uint32_t i = 0; i < PREVENT_MODULES && at != head; i++) {
		if (!prevent_read_module(guest, at, module))
			return false;
		if (fetches ? prevent_spans(module, fault->at)
		            : prevent_has_page(prevent, module, fault->address))
			return true;
		if (!guest_word(guest, at, &at))
			return false;
	}
	return false;
}

bool prevent_is_listed(const struct prevent *prevent, uint32_t part, uint64_t base)
{
	const struct guest *guest = prevent->guest;
	const uint64_t head = guest_address(guest, guest->facts->modules);
	struct prevent_module module;
	uint64_t at;

	if (!guest_word(guest, head, &at))
		return false;
	for (uint32_t i = 0; i < PREVENT_MODULES && at != head; i++) {
		if (!prevent_read_module(guest, at, &module))
			return false;
		if (module.base[part] == base)
			return true;
		if (!guest_word(guest, at, &at))
			return false;
	}
	return false;
}

/* ---- what was approved ---- */

static uint32_t prevent_index(const struct prevent *prevent,
                              const struct watchmodules_module *approved)
{
	return (uint32_t)(approved -
	                  (const struct watchmodules_module *)(prevent->approve.file + 1));
}

const struct watchmodules_module *prevent_approved(const struct prevent *prevent, uint64_t module)
{
	const struct prevent_area *area = prevent->pages.head->area;
	const struct watchmodules_module *approved;
	char name[PREVENT_NAME];

	if (!guest_text(prevent->guest, module + prevent->guest->facts->module_name, name,
	                sizeof(name)))
		return NULL;
	approved = approve_find(&prevent->approve, name);
	return approved == NULL || area[prevent_index(prevent, approved)].disarmed != 0 ? NULL
	                                                                                : approved;
}

/* Where its variables of each CPU are; 0: it has none. */
static uint64_t prevent_cpus(const struct guest *guest, uint64_t module)
{
	uint64_t at;

	return guest->facts->module_percpu != 0 &&
	               guest_word(guest, module + guest->facts->module_percpu, &at)
	           ? at
	           : 0;
}

/* Finds the modules that the judged one may use. */
static void prevent_others(struct prevent *prevent)
{
	const struct guest *guest = prevent->guest;
	const uint64_t head = guest_address(guest, guest->facts->modules);
	uint64_t at;

	memset(prevent->approve.other, 0, sizeof(prevent->approve.other));
	memset(prevent->approve.other_cpus, 0, sizeof(prevent->approve.other_cpus));
	if (!guest_word(guest, head, &at))
		return;
	for (uint32_t i = 0; i < PREVENT_MODULES && at != head; i++) {
		struct prevent_module module;
		const struct watchmodules_module *approved;

		if (!prevent_read_module(guest, at, &module))
			return;
		approved = prevent_approved(prevent, module.module);
		if (approved != NULL) {
			const uint32_t index = prevent_index(prevent, approved);

			prevent->approve.other[index] = module.base[WATCHMODULES_CORE];
			prevent->approve.other_cpus[index] = prevent_cpus(guest, module.module);
		}
		if (!guest_word(guest, at, &at))
			return;
	}
}

bool prevent_collect(struct prevent *prevent, const struct prevent_module *module, uint32_t *pages)
{
	struct prevent_module all = *module;
	struct prevent_at at = {.part = 0};

	*pages = 0;
	for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++) {
		if (module->base[part] % PREVENT_PAGE != 0 ||
		    (module->size[part] != approve_code(&module->approved->part[part]) &&
		     (part == WATCHMODULES_CORE || module->size[part] != 0)))
			return false;
		if (module->size[part] != 0)
			all.size[part] = approve_size(&module->approved->part[part]);
	}
	while (*pages < PREVENT_PAGES && prevent_next(prevent, &all, &at))
		prevent->page[(*pages)++] = at.ipa & ~(uint64_t)(PREVENT_PAGE - 1);
	return *pages == (all.size[0] + all.size[1]) / PREVENT_PAGE;
}

struct prevent_span prevent_span(const struct prevent_module *module, uint32_t part)
{
	struct prevent_span span = {.end = 0};

	for (uint32_t i = 0; i <= part; i++) {
		span.code = span.constants = span.end;
		if (module->size[i] == 0)
			continue;
		span.constants += approve_code(&module->approved->part[i]) / PREVENT_PAGE;
		span.end += approve_size(&module->approved->part[i]) / PREVENT_PAGE;
	}
	return span;
}

bool prevent_compare(struct prevent *prevent, const struct prevent_module *module)
{
	const struct guest *guest = prevent->guest;
	struct approve *approve = &prevent->approve;

	prevent_others(prevent);
	approve->base[WATCHMODULES_OF_KERNEL] = guest->base;
	approve->base[WATCHMODULES_OF_CPUS] = prevent_cpus(guest, module->module);
	for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++)
		approve->base[part] = module->base[part];
	for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++) {
		const struct approve_part what = {&module->approved->part[part], module->base[part],
		                                  &prevent->page[prevent_span(module, part).code]};

		if (module->size[part] == 0)
			continue;
		if (!approve_compare(approve, &what)) {
			prevent->differs = what.base + approve->differs;
			return false;
		}
	}
	return true;
}

static bool prevent_has_code(const struct prevent *prevent, uint32_t module)
{
	struct prevent_code code;
	size_t next = 0;
	uint64_t page;

	while (prevent_pages_next(&prevent->pages, module, &next, &page, &code))
		if (code.state == PREVENT_PAGE_CODE)
			return true;
	return false;
}

/* A module that had some of that memory before, and has no code any more, is gone. Of two that are
 * there the guest told a wrong size: the lower one ends where the upper one begins. */
static void prevent_note_area(struct prevent *prevent, uint32_t module, struct prevent_area its)
{
	struct prevent_area *area = prevent->pages.head->area;

	area[module].size = 0;
	for (uint32_t i = 0; i < WATCHMODULES_MOST; i++) {
		const uint64_t above = area[i].base - its.base, below = its.base - area[i].base;

		if (above >= its.size && below >= area[i].size)
			continue;
		if (!prevent_has_code(prevent, i))
			area[i].size = 0;
		else if (above < its.size)
			its.size = (uint32_t)above;
		else
			area[i].size = (uint32_t)below;
	}
	area[module] = its;
}

/* The collected pages of a part that are so now. */
static void prevent_note_part(struct prevent *prevent, const struct prevent_module *module,
                              uint32_t part, enum prevent_page state)
{
	const struct prevent_span span = prevent_span(module, part);
	const bool code = state == PREVENT_PAGE_CODE;

	_Static_assert(WATCHMODULES_MOST <= 256 && WATCHMODULES_PARTS <= 2 &&
	                   WATCHMODULES_TEXT / PREVENT_PAGE <= 4096,
	               "a page's word has room for it");
	for (uint32_t i = code ? span.code : span.constants; i < (code ? span.constants : span.end);
	     i++) {
		const uint32_t offset = (i - span.code) * PREVENT_PAGE;

		prevent_pages_note(
		    &prevent->pages, prevent->page[i],
		    &(struct prevent_code){.state = state,
		                           .module = prevent_index(prevent, module->approved),
		                           .part = part,
		                           .address = module->base[part] + offset,
		                           .offset = offset});
	}
}

void prevent_note_constants(struct prevent *prevent, const struct prevent_module *module)
{
	for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++)
		prevent_note_part(prevent, module, part, PREVENT_PAGE_CONSTANT);
}

void prevent_note(struct prevent *prevent, const struct prevent_module *module)
{
	for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++)
		prevent_note_part(prevent, module, part, PREVENT_PAGE_CODE);
	prevent_note_area(
	    prevent, prevent_index(prevent, module->approved),
	    (struct prevent_area){.base = module->base[WATCHMODULES_CORE], .size = module->memory});
}

bool prevent_may_store(struct prevent *prevent, const struct watch_fault *fault)
{
	struct prevent_code code;
	struct approve_part part;

	if (!prevent_pages_code(&prevent->pages, fault->address, &code) ||
	    code.state != PREVENT_PAGE_CODE || prevent->approve.file == NULL ||
	    code.module >= prevent->approve.file->count)
		return false;
	part = (struct approve_part){
	    .text = &((const struct watchmodules_module *)(prevent->approve.file + 1))[code.module]
	                 .part[code.part],
	    .base = code.address - code.offset};
	return approve_may(&prevent->approve, &part,
	                   code.offset + (uint32_t)(fault->address % PREVENT_PAGE),
	                   (uint32_t)fault->value);
}
