/*
 * The sum over the layout of all that stays in memory when the frame is exchanged for another one
 * (docs/update.md): frame_state, which head.S puts into the image's header. A frame takes over what
 * another one left only if both have the same sum. The sum sees the sizes of structs, and the
 * places of fields in those that are largest or change most. What it can't see is KEEP_REVISION's:
 * the order of fields in other structs, what values mean, and what the start writes once, such as
 * traps and what a service maps.
 */
#include <frame/asm.h>
#include <frame/smmu.h>
#include <kumiki/blackbox.h>
#include <kumiki/channel.h>
#include <kumiki/dma.h>
#include <kumiki/mend.h>
#include <state/core.h>
#include <state/partition.h>
#include <state/trap_frame.h>

_Static_assert(FRAME_KEEP_REVISION == KEEP_REVISION, "the image's header says it");

/* A number that depends on the value and on its place in the list. The bytes are reversed so that
 * two changes don't take each other back. */
#define MIX(value)                                                                                 \
	(__builtin_bswap64(((uint64_t)(value) + (uint64_t)__COUNTER__ * 0x9e3779b97f4a7c15ULL) *   \
	                   0xbf58476d1ce4e5b9ULL) *                                                \
	 0x94d049bb133111ebULL)
#define SIZE(type)             +MIX(sizeof(struct type))
#define HAS(type, field)       +MIX(offsetof(struct type, field))
#define HAS2(type, a, b)       HAS(type, a) HAS(type, b)
#define HAS4(type, a, b, c, d) HAS2(type, a, b) HAS2(type, c, d)

/* clang-format off */
#define STATE_SUM (0ULL \
	+MIX(MMU_MAIR) +MIX(MMU_TCR) +MIX(SERVICE_TEXT) +MIX(SERVICE_DATA) +MIX(SERVICE_INFO) \
	SIZE(shared) \
	HAS4(shared, box, config_asked, config_turn, awake) \
	HAS4(shared, ran, off, off_since, traces_held) \
	HAS4(shared, move, load, need, policy) \
	HAS4(shared, policy_minute, life, accounts, managers) \
	HAS4(shared, followers, channel, signal, watch) \
	HAS2(shared, recovery, update) \
	HAS(shared, last_words) \
	SIZE(last_words) \
	HAS4(last_words, began, magic, size, crc) \
	HAS2(shared, looks, fed) \
	SIZE(update) \
	HAS4(update, arrived, exchanges, phase, has_spare) \
	HAS2(update, pristine, before) \
	HAS4(accounts, vcpu, core, crash, update) \
	HAS2(accounts, frame, tables) \
	SIZE(frame_tables) \
	SIZE(frame_update) \
	SIZE(frame_header) \
	SIZE(mailbox) \
	HAS4(mailbox, word, left, dark, told) \
	SIZE(recovery) \
	HAS4(recovery, started, by, off, rested) \
	HAS4(recovery, mended, adopted, gone_on, again) \
	HAS2(recovery, count, began) \
	HAS(recovery, hung) \
	HAS4(recovery, given_up, kept, refill, blind) \
	HAS(recovery, last) \
	SIZE(shared_channel) \
	HAS2(shared_channel, epoch, leaving) \
	HAS(shared_channel, runs) \
	SIZE(partition) \
	HAS4(partition, keep, life, debug, mend) \
	HAS4(partition, alive, parked, psci_states, uart) \
	HAS4(partition, rtc, watchdog, seed, panel) \
	HAS4(partition, functions, devices_taken, dma, real) \
	HAS4(partition, ends, placed, index, vcpu_count) \
	HAS4(partition, config, stage2, dma_tables, unfit) \
	HAS4(partition, pool, psci, affinities, panel_ipa) \
	HAS4(partition, panel_intid, panel_function, stolen, stolen_ipa) \
	HAS(partition, boxes) \
	HAS4(partition, tick, console, end_count, brokers) \
	HAS4(partition, loader_info, loader, vgic, vcpus) \
	SIZE(life) \
	HAS4(life, status, ending, then, resume) \
	HAS4(life, ran, words, step, window) \
	HAS4(life, due, wakes, went, hidden) \
	SIZE(end) \
	HAS4(end, status, work, request, answer) \
	SIZE(end_request) \
	HAS4(end_request, state, vcpu, what, value) \
	HAS(end_request, origin) \
	SIZE(end_answer) \
	HAS2(end_answer, what, value) \
	HAS(end_answer, origin) \
	SIZE(broker) \
	HAS4(broker, service, partition, number, channel) \
	HAS4(broker, place, own, epoch, left) \
	HAS(broker, due) \
	SIZE(service) \
	HAS4(service, context, stage2, failure, pending) \
	HAS2(service, awaits, interrupt) \
	HAS4(service, looks, check, text, soon) \
	HAS2(service, failed, syndrome) \
	HAS(service, address) \
	SIZE(vcpu) \
	HAS4(vcpu, context, run, saved, life) \
	HAS4(vcpu, debug, lent, partition, affinity) \
	HAS4(vcpu, index, owner, core, comes) \
	HAS2(vcpu, vgic, counters) \
	SIZE(context) \
	HAS4(context, x, pc, pstate, sp) \
	HAS4(context, hcr, vttbr, next, kind) \
	HAS4(context, fresh, apart, forgets, state) \
	HAS4(context, owed, priority, trace_id, turn) \
	HAS2(context, last_turn, last_began) \
	SIZE(vcpu_run) \
	HAS4(vcpu_run, account, stolen, hidden, budget) \
	HAS4(vcpu_run, deadline, promised, lowered, priority) \
	HAS4(vcpu_run, described, low, high, rouses) \
	HAS4(vcpu_run, waits, below, next_here, next_due) \
	HAS4(vcpu_run, due, moved, window, turned) \
	HAS4(vcpu_run, stolen_before, roams, stuck, lack) \
	SIZE(vcpu_saved) \
	HAS4(vcpu_saved, gic, active, el1, floating) \
	SIZE(vcpu_life) \
	HAS4(vcpu_life, entry, argument, start, asked) \
	HAS4(vcpu_life, parked, ending, prepared, virtual_timer) \
	HAS2(vcpu_life, physical_timer, stood) \
	SIZE(debug_vcpu) \
	HAS4(debug_vcpu, on, stepping, mdscr, locked) \
	HAS(debug_vcpu, own) \
	SIZE(resident_gic) \
	HAS4(resident_gic, hcr, vmcr, ap0, ap1) \
	HAS4(resident_gic, virtual_control, physical_control, virtual_compare, physical_compare) \
	HAS2(resident_gic, used, held) \
	HAS(resident_gic, lr) \
	SIZE(vgic) \
	HAS4(vgic, owned, wired, owned_words, wired_words) \
	HAS(vgic, sent) \
	HAS4(vgic, physical, urgency, plain, cores) \
	HAS4(vgic, arrived, epoch, fresh, stale) \
	HAS4(vgic, ctlr, enabled, group, edge) \
	HAS4(vgic, open, by_hand, parked, line) \
	HAS4(vgic, latched, carried, taken, any) \
	HAS4(vgic, target, priority, rung, bell) \
	SIZE(vgic_cpu) \
	HAS4(vgic_cpu, incoming, asked, requests, request) \
	HAS4(vgic_cpu, online, open, epoch, enabled) \
	HAS4(vgic_cpu, group, edge, by_hand, carried) \
	HAS4(vgic_cpu, latched, waker, priority, answering) \
	HAS4(vgic_cpu, remaining, round_words, round_word, round_bits) \
	HAS4(vgic_cpu, round_again, unasked, route, waiting) \
	HAS2(vgic_cpu, evicted, level) \
	SIZE(vgic_request) \
	HAS4(vgic_request, kind, place, bits, epoch) \
	HAS4(vgic_request, origin, taken, unasked, left) \
	HAS2(vgic_request, pending, active) \
	SIZE(vgic_waiting) \
	HAS4(vgic_waiting, levels, hushed, words, bits) \
	HAS(vgic_waiting, all) \
	SIZE(vgic_evicted) \
	HAS4(vgic_evicted, words, all, levels, at) \
	SIZE(service_memory) \
	HAS4(service_memory, lasting, pool, entry, way_in) \
	HAS4(service_memory, ring, console_info, console_data, warden_info) \
	HAS2(service_memory, warden_data, box) \
	SIZE(smmu_memory) \
	HAS4(smmu_memory, stream, command, event, context) \
	HAS2(smmu_memory, taken, produced) \
	SIZE(accounts) \
	SIZE(vcpu_account) \
	SIZE(core_account) \
	SIZE(frame_crash) \
	SIZE(life_status) \
	SIZE(watch_record) \
	SIZE(keep_header) \
	SIZE(debug) \
	SIZE(mend) \
	SIZE(panel) \
	SIZE(pl011) \
	SIZE(pl031) \
	SIZE(watchdog) \
	SIZE(pci_function) \
	SIZE(dma) \
	SIZE(function) \
	SIZE(budget) \
	SIZE(deadline) \
	SIZE(lent_counters) \
	SIZE(resident_el1) \
	SIZE(resident_float) \
	SIZE(activation) \
	SIZE(stage2) \
	SIZE(page_pool) \
	SIZE(psci_guest) \
	SIZE(trap_frame) \
	SIZE(trace_ring) \
	SIZE(console_ring) \
	SIZE(console_info) \
	SIZE(warden_info) \
	SIZE(warden_box) \
	SIZE(updater_memory) \
	SIZE(updater_info) \
	SIZE(update_box) \
	SIZE(loader_info) \
	SIZE(broker_info) \
	SIZE(channel_memory) \
	SIZE(channel_told) \
	SIZE(mend_box) \
	SIZE(blackbox) \
	SIZE(dma_log) \
	+ MIX(LOADER_DATA_SIZE) + MIX(BROKER_DATA_SIZE))
/* clang-format on */

/* Never called: a symbol with the sum's value is all that it makes. */
__attribute__((used)) AT_START static void define_frame_state(void)
{
	__asm__(".global frame_state\n\t.set frame_state, %c0" ::"i"(STATE_SUM));
}
