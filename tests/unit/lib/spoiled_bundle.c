/* See unit/lib/spoiled_bundle.h. */
#include <unit/lib/sample_bundle.h>
#include <unit/lib/spoiled_bundle.h>

#define FIELD(table, type, entry, field, value)                                                    \
	{                                                                                          \
		table, entry, offsetof(struct type, field), sizeof(((struct type *)0)->field),     \
		    value                                                                          \
	}
#define HEAD(field, value)         FIELD(HEADER, bundle_header, 0, field, value)
#define CORE(entry, field, value)  FIELD(CORES, bundle_core, entry, field, value)
#define PART(entry, field, value)  FIELD(PARTS, bundle_part, entry, field, value)
#define VCPU(entry, field, value)  FIELD(VCPUS, bundle_vcpu, entry, field, value)
#define LOAD(entry, field, value)  FIELD(LOADS, bundle_load, entry, field, value)
#define AREA(entry, field, value)  FIELD(REGIONS, bundle_region, entry, field, value)
#define INTR(entry, field, value)  FIELD(INTERRUPTS, bundle_interrupt, entry, field, value)
#define OWNER(entry, field, value) FIELD(PARTITIONS, bundle_partition, entry, field, value)
#define BELL(entry, field, value)  FIELD(DOORBELLS, bundle_doorbell, entry, field, value)
#define PIPE(entry, field, value)  FIELD(WINDOWS, bundle_window, entry, field, value)
#define FUNC(entry, field, value)  FIELD(FUNCTIONS, bundle_function, entry, field, value)
#define CHAN(field, value)         FIELD(CHANNELS, bundle_channel, 0, field, value)
#define END(entry, field, value)   FIELD(ENDS, bundle_end, entry, field, value)

const struct spoiler spoilers[] = {
    /* channels and their ends */
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(kind, 0)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(kind, 5)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(kind, BUNDLE_CHANNEL_ENTROPY)}}, /* it has one end */
    {BUNDLE_BAD_END, 0, {CHAN(kind, BUNDLE_CHANNEL_CONSOLE)}},     /* it has no MAC addresses */
    {BUNDLE_BAD_END, 1, {CHAN(kind, BUNDLE_CHANNEL_CONSOLE), END(0, mac[0], 0), END(0, mac[5], 0)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(flags, BUNDLE_CHANNEL_READ_ONLY)}}, /* it is no disk */
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(kind, BUNDLE_CHANNEL_DISK), CHAN(flags, 2)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(rate, BUNDLE_RATE_MAX + 1)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(kind, BUNDLE_CHANNEL_CONSOLE), CHAN(rate, 1)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(wait, 1)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(kind, BUNDLE_CHANNEL_DISK), CHAN(wait, BUNDLE_WAIT_MAX + 1)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(name[0], 0)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(ends.first, 1)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(ends.count, 1)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(ends.count, 3)}},
    {BUNDLE_BAD_CHANNEL, 0, {CHAN(ends.count, 0xffffffff)}},
    {BUNDLE_BAD_CHANNEL, 0, {HEAD(channels.count, 0)}},
    {BUNDLE_BAD_END, 0, {END(0, partition, 2)}},
    {BUNDLE_BAD_END, 1, {END(1, partition, 0)}},
    {BUNDLE_BAD_END, 1, {END(1, mac[5], 1)}},
    {BUNDLE_BAD_END, 0, {END(0, mac[0], 3)}},
    {BUNDLE_BAD_END, 0, {END(0, mac[0], 0), END(0, mac[5], 0)}},
    {BUNDLE_BAD_END, 0, {END(0, intid, 31)}},
    {BUNDLE_BAD_END, 1, {END(1, intid, 1020)}},
    {BUNDLE_BAD_END, 0, {END(0, ipa, 0x09200800)}},
    {BUNDLE_BAD_END, 1, {END(1, ipa, BUNDLE_ADDRESS_LIMIT)}},
    {BUNDLE_BAD_END, 1, {END(1, reserved[1], 1)}},
    {BUNDLE_BAD_END, 0, {END(0, ipa, 0x48000000)}}, /* in its memory */
    {BUNDLE_BAD_END, 0, {END(0, ipa, 0x09101000)}}, /* in its watchdog */
    {BUNDLE_BAD_PARTITION, 0, {END(0, intid, 78)}}, /* a physical one of its own */
    {BUNDLE_BAD_PARTITION, 0, {END(0, intid, 201)}},

    /* the header */
    {BUNDLE_BAD_MAGIC, 0, {HEAD(magic, 1)}},
    {BUNDLE_BAD_REVISION, 0, {HEAD(revision, BUNDLE_REVISION + 1)}},
    {BUNDLE_BAD_SIZE, 0, {HEAD(header_size, 264)}},
    {BUNDLE_BAD_SIZE, 0, {HEAD(tables_size, 328)}},
    {BUNDLE_BAD_SIZE, 0, {HEAD(tables_size, 1028)}},
    {BUNDLE_BAD_SIZE, 0, {HEAD(tables_size, 0xfffffff8)}},
    {BUNDLE_BAD_SIZE, 0, {HEAD(bundle_size, SAMPLE_BUNDLE_SIZE + BUNDLE_ALIGN)}},
    {BUNDLE_BAD_SIZE, 0, {HEAD(bundle_size, UINT64_MAX - 4095)}},
    {BUNDLE_BAD_SIZE, 0, {HEAD(bundle_size, 3ul * BUNDLE_ALIGN + 8)}},
    {BUNDLE_BAD_SIZE, 0, {HEAD(bundle_size, 0)}},

    /* tables: outside, unaligned, too long, empty, on top of one another */
    {BUNDLE_BAD_TABLE, 0, {HEAD(cores.count, 0)}},
    {BUNDLE_BAD_TABLE, 0, {HEAD(cores.count, 9)}},
    {BUNDLE_BAD_TABLE, 0, {HEAD(cores.offset, 8)}},
    {BUNDLE_BAD_TABLE, 0, {HEAD(cores.offset, 388)}},
    {BUNDLE_BAD_TABLE, 0, {HEAD(cores.offset, 0xfffffff8)}},
    {BUNDLE_BAD_TABLE, 1, {HEAD(partitions.count, 0)}},
    {BUNDLE_BAD_TABLE, 1, {HEAD(partitions.count, 0xffffffff)}},
    {BUNDLE_BAD_TABLE, 1, {HEAD(partitions.offset, 432)}},
    {BUNDLE_BAD_TABLE, 2, {HEAD(vcpus.count, 33)}},
    {BUNDLE_BAD_TABLE, 3, {HEAD(regions.count, 513)}},
    {BUNDLE_BAD_TABLE, 4, {HEAD(interrupts.count, 993)}},
    {BUNDLE_BAD_TABLE, 5, {HEAD(loads.count, 0x08000001)}},
    {BUNDLE_BAD_TABLE, 6, {HEAD(parts.count, 65)}},
    {BUNDLE_BAD_TABLE, 7, {HEAD(parts.count, 4)}},     /* the windows in it */
    {BUNDLE_BAD_TABLE, 9, {HEAD(functions.count, 3)}}, /* over the end */
    {BUNDLE_BAD_TABLE, 10, {HEAD(channels.count, 2)}}, /* over the end */
    {BUNDLE_BAD_TABLE, 11, {HEAD(ends.count, 3)}},     /* over the end */

    /* board and the frame's memory */
    {BUNDLE_BAD_BOARD, 0, {HEAD(system[0], 0)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(system[0], '\n')}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(system[31], 'x')}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(console_core, 3)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.policy, POWER_POLICIES)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.changes, 9)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.reserved[0], 1)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.reserved[5], 1)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.change[0].minute, 1)}}, /* of none */
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.change[7].policy, 1)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.changes, 1), HEAD(power.change[0].minute, 24 * 60)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.changes, 1), HEAD(power.change[0].policy, POWER_POLICIES)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.changes, 1), HEAD(power.change[0].reserved, 1)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.changes, 2)}}, /* both at midnight */
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.policy, 1), HEAD(board.uart_base, 0)}},
    {BUNDLE_BAD_PARTITION,
     1,
     {OWNER(1, flags, BUNDLE_PANEL | BUNDLE_MANAGES_POWER), HEAD(board.uart_base, 0)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(power.changes, 1), HEAD(board.uart_base, 0)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(shift.by_load, 2)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(shift.by_load, 1), HEAD(board.uart_base, 0)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(shift.reserved[5], 1)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(shift.changes, 9)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(shift.change[0].core, 1)}}, /* of none */
    {BUNDLE_BAD_BOARD, 0, {HEAD(shift.changes, 1)}}, /* to a partition that may not hold it */
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.name[9], 7)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.ram_base, 0x40001000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.ram_size, 0)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.ram_size, UINT64_MAX - 0xfff)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.ram_size, BUNDLE_ADDRESS_LIMIT)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.gicd_base, 0x08001000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.gicd_base, 0x40000000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.gicr_base, 0x08000000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.gicr_base, BUNDLE_ADDRESS_LIMIT - 0x10000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.gicr_size, 0x50000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.uart_base, 0x09000800)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.uart_base, 0x09010000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.uart_intid, 31)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.uart_registers, 128)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.uart_registers, 5)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.uart_registers, BUNDLE_UART_WORDS | 1)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.uart_intid, 1020)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.rtc_base, 0x0800f000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.gic_maintenance_intid, 32)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.hyp_timer_intid, 15)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.virtual_timer_intid, 26)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.physical_timer_intid, 0)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.pmu_intid, 27)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(image_base, 0x40001000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(image_base, 0x3fe00000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(image_size, SAMPLE_BUNDLE_SIZE)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(image_size, 0x00201000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(image_size, UINT64_MAX - 0xfff)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(memory_base, 0x7ff00000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(memory_base, 0x40000000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(memory_size, 0x00100000)}},

    /* cores and vCPUs */
    {BUNDLE_BAD_CORE, 1, {CORE(1, affinity, 0)}},
    {BUNDLE_BAD_CORE, 2, {CORE(2, affinity, 0x80000002)}},
    {BUNDLE_BAD_CORE, 1, {HEAD(speed[1], 0)}},
    {BUNDLE_BAD_CORE, 2, {HEAD(speed[2], 1025)}},
    {BUNDLE_BAD_CORE, 3, {HEAD(speed[3], 1024)}}, /* there is no such core */
    {BUNDLE_BAD_CORE, 0, {CORE(0, holder, 1)}},
    {BUNDLE_BAD_CORE, 1, {CORE(1, holders, 1)}},                     /* it goes nowhere */
    {BUNDLE_BAD_CORE, 1, {CORE(1, holders, 5)}},                     /* to a missing partition */
    {BUNDLE_BAD_CORE, 1, {CORE(1, holders, 3), CORE(1, holder, 2)}}, /* of a missing partition */
    {BUNDLE_BAD_CORE, 0, {CORE(0, holder, HOLD_NOBODY)}},            /* for nobody at all */
    {BUNDLE_BAD_CORE, 1, {CORE(1, holders, 3)}},                     /* it has no vCPU there */
    {BUNDLE_BAD_CORE, 1, {CORE(1, holders, 3), VCPU(2, cores, 6)}},  /* and one elsewhere, too */
    {BUNDLE_BAD_CORE,
     1,
     {CORE(1, holders, 3), VCPU(2, core, 1), VCPU(2, cores, 2)}}, /* the first */
    {BUNDLE_BAD_VCPU, 0, {VCPU(0, core, 3)}},
    {BUNDLE_BAD_VCPU, 0, {VCPU(0, core, 0xffffffff)}},
    {BUNDLE_BAD_VCPU, 0, {VCPU(0, core, 1)}}, /* not one of its cores */
    {BUNDLE_BAD_VCPU, 0, {VCPU(0, cores, 0)}},
    {BUNDLE_BAD_VCPU, 0, {VCPU(0, cores, 9)}},      /* a missing core */
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, priority, 201)}}, /* not within low and high */
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, priority, 199)}},
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, priority_low, 201)}},
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, flags, 4)}},
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, flags, BUNDLE_VCPU_GUARANTEE)}}, /* of nothing */
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, budget_us, 100)}},
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, budget_period_us, 100)}},
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, budget_us, 99), VCPU(2, budget_period_us, 99)}},
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, budget_us, 1001), VCPU(2, budget_period_us, 1000)}},
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, period_us, 99)}},
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, deadline_us, 1000)}},
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, period_us, 1000), VCPU(2, deadline_us, 1001)}},
    {BUNDLE_BAD_VCPU, 2, {VCPU(2, period_us, 1000), VCPU(2, on_miss, BUNDLE_MISS_TELL)}},
    {BUNDLE_BAD_VCPU,
     2,
     {VCPU(2, period_us, 1000), VCPU(2, deadline_us, 1000), VCPU(2, on_miss, 3)}},
    {BUNDLE_BAD_VCPU, 1, {VCPU(1, affinity, 0)}},
    {BUNDLE_BAD_VCPU, 1, {VCPU(1, affinity, 0x80000001)}},
    {BUNDLE_BAD_VCPU, 1, {VCPU(1, reserved[0], 1)}},
    {BUNDLE_BAD_VCPU, 1, {VCPU(1, reserved[10], 1)}},

    /* each partition's entries */
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, vcpus.count, 0), OWNER(1, vcpus.first, 0)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(0, vcpus.count, 1)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, vcpus.count, 2)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, vcpus.count, 0xffffffff)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, regions.first, 1)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, regions.first, 1)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, interrupts.first, 0xffffffff)}},
    {BUNDLE_BAD_PARTITION, 2, {OWNER(1, interrupts.count, 0)}},
    {BUNDLE_BAD_PARTITION, 2, {OWNER(1, loads.count, 0)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, loads.count, 5)}},

    /* the partition itself */
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, name[0], 0)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, name[0], ' ')}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, name[31], 'x')}},
    {BUNDLE_BAD_PARTITION,
     0,
     {OWNER(0, flags, 4096 | BUNDLE_CHANNEL_CONSOLE | BUNDLE_RTC | BUNDLE_WATCHDOG)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, priority, 256)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, entry_ipa, 0x4c000000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, entry_ipa, 0x0a003000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, entry_ipa, 0x48000002)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, entry_ipa, UINT64_MAX - 3)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, dtb_ipa, 0x40000000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, dtb_ipa, 0x4b000004)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, dtb_ipa, 0x4bfffff8)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, gicd_ipa, 0x08001000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, gicr_ipa, 0x08000000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, gicr_ipa, BUNDLE_ADDRESS_LIMIT - 0x20000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, uart_ipa, 0x080d0000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, uart_ipa, 0x09000004)}},
    {BUNDLE_BAD_PARTITION,
     0,
     {OWNER(0, flags, BUNDLE_RTC | BUNDLE_WATCHDOG)}}, /* a UART address without it */
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, rtc_ipa, 0x09000000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, uart_intid, 31)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, uart_intid, 78)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, rtc_intid, 79)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, rtc_intid, 33)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, rtc_intid, 1020)}},

    /* its life */
    {BUNDLE_BAD_BOARD, 0, {HEAD(flags, 8)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, life.on_crash, LIFE_DO_OFF)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, life.at_limit, LIFE_DO_RESTART)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, life.at_limit, 4)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, life.delay, BUNDLE_DELAY_MAX + 1)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, life.after, 1)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, life.after, 4)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, life.manages, 2)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, life.manages, 0x80)}},
    {BUNDLE_BAD_PARTITION, 0, {AREA(1, silence, BUNDLE_SILENCE_UNKNOWN)}},

    /* regions */
    {BUNDLE_BAD_REGION, 0, {AREA(0, size, 0)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, size, 0x04000800)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, size, UINT64_MAX - 0xfff)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, size, 0x38001000)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, pa, 0x48000800)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, pa, 0x3f000000)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, ipa, 0x48000800)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, ipa, BUNDLE_ADDRESS_LIMIT - 0x1000)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, kind, 0)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, kind, 7)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, silence, BUNDLE_SILENCE_VIRTIO)}},
    {BUNDLE_BAD_REGION, 0, {AREA(0, kind, BUNDLE_DEVICE)}},
    {BUNDLE_BAD_REGION, 1, {AREA(1, kind, BUNDLE_RAM)}},
    {BUNDLE_BAD_REGION, 1, {AREA(1, label[0], 0)}},
    {BUNDLE_BAD_REGION, 1, {AREA(1, label[31], 'x')}},
    {BUNDLE_BAD_REGION, 1, {AREA(1, label[2], 0x1b)}},
    {BUNDLE_BAD_REGION, 1, {AREA(1, silence, 13)}},
    {BUNDLE_BAD_REGION, 2, {AREA(2, pa, 0x40000000)}}, /* the image */
    {BUNDLE_BAD_REGION, 2, {AREA(2, pa, 0x40300000)}}, /* the frame's memory */
    {BUNDLE_BAD_REGION, 1, {AREA(1, pa, 0x08000000)}}, /* distributor */
    {BUNDLE_BAD_REGION, 1, {AREA(1, pa, 0x08fff000)}}, /* redistributors */
    {BUNDLE_BAD_REGION, 1, {AREA(1, pa, 0x09000000)}}, /* UART */
    {BUNDLE_BAD_REGION, 1, {AREA(1, pa, 0x09010000)}}, /* RTC */
    {BUNDLE_OVERLAP, 2, {AREA(2, pa, 0x4bf01000)}},
    {BUNDLE_OVERLAP, 2, {AREA(2, pa, 0x4bfff000)}},
    {BUNDLE_OVERLAP, 1, {AREA(1, ipa, 0x4bfff000)}},
    {BUNDLE_OVERLAP, 1, {AREA(1, ipa, 0x0800f000)}}, /* emulated distributor */
    {BUNDLE_OVERLAP, 1, {AREA(1, ipa, 0x080df000)}}, /* emulated redistributors */
    {BUNDLE_OVERLAP, 1, {AREA(1, ipa, 0x09000000)}}, /* emulated UART */
    {BUNDLE_OVERLAP, 1, {AREA(1, ipa, 0x09010000)}}, /* emulated RTC */

    /* windows and doorbells */
    {BUNDLE_BAD_TABLE, 7, {HEAD(windows.count, 17)}},
    {BUNDLE_BAD_TABLE, 8, {HEAD(doorbells.count, 33)}},
    {BUNDLE_BAD_WINDOW, 0, {PIPE(0, name[0], 0)}},
    {BUNDLE_BAD_WINDOW, 0, {PIPE(0, size, 0)}},
    {BUNDLE_BAD_WINDOW, 0, {PIPE(0, pa, 0x0a000000)}},
    {BUNDLE_BAD_REGION, 3, {AREA(3, pa, 0x4d001000)}},
    {BUNDLE_BAD_REGION, 3, {AREA(3, size, 0x1000)}},
    {BUNDLE_BAD_REGION, 3, {AREA(3, size, 0x3000)}},
    {BUNDLE_BAD_REGION, 3, {HEAD(windows.count, 0)}},
    {BUNDLE_OVERLAP, 3, {AREA(3, kind, BUNDLE_KEPT), AREA(2, size, 0x01001000)}},
    {BUNDLE_OVERLAP, 3, {AREA(2, size, 0x01001000)}},
    {BUNDLE_BAD_DOORBELL, 0, {BELL(0, to, 2)}},
    {BUNDLE_BAD_DOORBELL, 1, {BELL(1, from, 2)}},
    {BUNDLE_BAD_DOORBELL, 1, {BELL(1, from, 0)}}, /* itself */
    {BUNDLE_BAD_WINDOW, 0, {PIPE(0, flags, 3)}},
    {BUNDLE_BAD_WINDOW, 0, {PIPE(0, reserved, 1)}},
    {BUNDLE_BAD_DOORBELL, 0, {BELL(0, bit, 31)}}, /* the manager's */
    {BUNDLE_BAD_DOORBELL, 0, {BELL(0, bit, 0x80000000)}},
    {BUNDLE_BAD_PARTITION, 0, {BELL(1, intid, 200)}}, /* the manager's */
    {BUNDLE_BAD_PARTITION, 0, {BELL(1, intid, 33)}},  /* the UART's */
    {BUNDLE_BAD_PARTITION, 1, {BELL(0, intid, 40)}},  /* a physical one */
    {BUNDLE_BAD_PARTITION, 1, {BELL(0, intid, 31)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, manager_intid, 1020)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, watchdog_intid, 34)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, watchdog_ipa, 0x0900f000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, watchdog_ipa, 0x09100800)}},

    /* interrupts */
    {BUNDLE_BAD_INTERRUPT, 0, {INTR(0, intid, 31)}},
    {BUNDLE_BAD_INTERRUPT, 0, {INTR(0, intid, 1020)}},
    {BUNDLE_BAD_INTERRUPT, 0, {INTR(0, intid, 0xffffffff)}},
    {BUNDLE_BAD_INTERRUPT, 1, {INTR(1, intid, 79)}},
    {BUNDLE_BAD_INTERRUPT, 2, {INTR(2, intid, 79)}},
    {BUNDLE_BAD_INTERRUPT, 1, {INTR(1, intid, 33)}},
    {BUNDLE_BAD_INTERRUPT, 1, {INTR(1, flags, 2)}},

    /* PCI: the board */
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.pci_ecam, 0x4010001000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.pci_ecam, 0x40000000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.pci_ecam, BUNDLE_ADDRESS_LIMIT)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.pci_window, 0x10000800)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.pci_window, 0x20000000)}}, /* over RAM */
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.pci_window, 0x08000000)}}, /* over the distributor */
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.pci_window, 0x100000000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.pci_window_size, 0)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.pci_window_size, UINT64_MAX - 0xfff)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.its_base, 0x08081000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.watchdog_base, 0x30280800)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.watchdog_base, BUNDLE_ADDRESS_LIMIT)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.smmu_base, 0x09051000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.smmu_base, 0x10000000)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.smmu_base, 0)}}, /* with interrupts */
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.smmu_event_intid, 31)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.smmu_error_intid, 1020)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.smmu_error_intid, 106)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.virtio_base, 0x0a000100)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.virtio_base, BUNDLE_ADDRESS_LIMIT - 0x3e00)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.virtio_slots, UINT32_MAX)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.virtio_slots, 0)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.virtio_slots, 0), HEAD(board.virtio_base, 0)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.virtio_version, 0)}},
    {BUNDLE_BAD_BOARD, 0, {HEAD(board.virtio_version, 3)}},
    {BUNDLE_BAD_INTERRUPT, 1, {INTR(1, intid, 106)}},
    {BUNDLE_BAD_REGION, 1, {AREA(1, pa, 0x09050000), AREA(1, ipa, 0x09050000)}},
    {BUNDLE_BAD_REGION, 1, {AREA(1, pa, 0x4010000000)}},

    /* its functions */
    {BUNDLE_BAD_TABLE, 9, {HEAD(functions.count, 33)}},
    {BUNDLE_BAD_PARTITION, 2, {HEAD(functions.count, 1), OWNER(1, functions.count, 0)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, functions.count, 3)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(0, functions.count, 1)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, kind, 0)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, kind, 3)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, slot, 0x100)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, slot, 8)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, slot, 9)}}, /* another function of the panel's device */
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, slot, 9)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, vendor, 0xffff)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, reserved, 1)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, sender, 0x200)}},
    {BUNDLE_BAD_FUNCTION, 1, {OWNER(1, message_count, 0)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, message_count, 65)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, message_intid, 185)}}, /* the panel's */
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, message_ipa, 0x08080000)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, reserved, 1)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, label[0], 0)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar_size[0], 0x2000)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar_size[0], 0), FUNC(0, bar[0], 0)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar[0], 0x0fff0000)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar[0], UINT64_MAX - 0xfff)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar[0], 0x10040000)}}, /* in the other one */
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar_kind[0], BUNDLE_BAR_PREFETCH)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar_kind[2], BUNDLE_BAR_64)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar_kind[2], 7)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar[2], 0x10060000)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar_size[2], 0x60000)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar_size[2], 1ULL << 63)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, bar[1], 0x10001000)}},
    {BUNDLE_BAD_FUNCTION,
     0,
     {FUNC(0, bar[1], 0x10001000), FUNC(0, bar_size[1], 0x1000)}}, /* not the panel's */
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, pin, 2)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, stream, 1)}},
    {BUNDLE_BAD_FUNCTION, 0, {FUNC(0, flags, 1)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, kind, BUNDLE_FUNCTION_PANEL)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, bar_size[0], 0x2000)}}, /* not the region's */
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, bar_size[0], 8)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, bar_size[1], 0x1000), FUNC(1, bar[1], 0x10008000)}},
    {BUNDLE_BAD_FUNCTION,
     1,
     {FUNC(1, bar_size[5], 0x1000), FUNC(1, bar[5], 0x10008000), FUNC(1, bar_kind[5], 1)}},
    {BUNDLE_BAD_FUNCTION, 1, {AREA(5, ipa, 0x10008000)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, pin, 5)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, pin, 0)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, intid, 41)}},
    {BUNDLE_BAD_FUNCTION, 1, {INTR(2, flags, BUNDLE_EDGE)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, stream, BUNDLE_STREAMS)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, flags, 2)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, flags, 1)}}, /* accepted, and its partition doesn't say so */
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, subsystem, 1)}},
    /* Virtio that the loader doesn't know to ask. */
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, vendor, 0x1af4), FUNC(1, device, 0x1052)}},
    {BUNDLE_BAD_FUNCTION, 1, {FUNC(1, vendor, 0x1af4), FUNC(1, device, 0x1000)}},
    {BUNDLE_BAD_FUNCTION, 1, {HEAD(board.pci_ecam, 0)}},
    {BUNDLE_BAD_FUNCTION,
     1,
     {HEAD(board.smmu_base, 0), HEAD(board.smmu_event_intid, 0), HEAD(board.smmu_error_intid, 0)}},

    /* its partition */
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, flags, 0)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, flags, 0x80 | BUNDLE_CHANNEL_CONSOLE | BUNDLE_RTC | 0x40)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, pci_ecam_ipa, 0)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, pci_ecam_ipa, 0x4010010000)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, pci_ecam_ipa, 0x08000000)}}, /* the distributor's */
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, pci_ecam_ipa, 0x10000000)}}, /* the panel's */
    {BUNDLE_OVERLAP, 2, {OWNER(1, pci_ecam_ipa, 0x40000000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, pci_ecam_ipa, 0x4010000000)}},
    {BUNDLE_BAD_PARTITION, 1, {PIPE(0, flags, 0)}},
    {BUNDLE_OVERLAP, 3, {AREA(3, ipa, 0x1007f000)}}, /* over the BAR's end */
    {BUNDLE_OVERLAP, 3, {AREA(3, ipa, 0x10000000)}}, /* the panel's registers */
    {BUNDLE_OVERLAP, 2, {AREA(2, ipa, 0x10000000), OWNER(1, entry_ipa, 0x10000000)}},
    {BUNDLE_OVERLAP, 4, {AREA(4, ipa, 0x10050000)}},      /* in the panel's memory */
    {BUNDLE_BAD_PARTITION, 0, {AREA(1, pa, 0x20000000)}}, /* nobody's BAR */
    {BUNDLE_BAD_PARTITION, 1, {BELL(0, intid, 201)}},     /* not the panel's */
    {BUNDLE_BAD_PARTITION, 1, {BELL(1, from, 0), BELL(1, to, 1), BELL(1, bit, 3)}},
    {BUNDLE_BAD_PARTITION, 0, {BELL(1, bit, 1)}}, /* no panel there */
    {BUNDLE_BAD_PARTITION, 1, {FUNC(0, intid, 40), BELL(0, intid, 40)}},
    {BUNDLE_BAD_PARTITION, 1, {FUNC(0, intid, 0), BELL(0, intid, 0)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, manager_intid, 201)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, blackbox_ipa, 0x50000000)}}, /* manages nobody */
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, life.manages, 2), OWNER(0, blackbox_ipa, 0x50000800)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, life.manages, 2), OWNER(0, blackbox_ipa, 0x08ff0000)}},
    {BUNDLE_OVERLAP, 0, {OWNER(0, life.manages, 2), OWNER(0, blackbox_ipa, 0x47fd0000)}},
    {BUNDLE_BAD_PARTITION,
     1,
     {OWNER(1, life.manages, 1), OWNER(1, blackbox_ipa, 0x10070000)}}, /* over its end */
    {BUNDLE_OVERLAP,
     3,
     {OWNER(1, life.manages, 1), OWNER(1, blackbox_ipa, 0x10041000)}}, /* the window's */

    /* watched memory: region 4 of the second partition, in memory of the first one */
    {BUNDLE_BAD_PARTITION, 1, {AREA(4, kind, BUNDLE_WATCHED), AREA(4, pa, 0x48000000)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, watches, 1)}}, /* without a page */
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, watch_ipa, 0x50000000), OWNER(1, watches, 1)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, watch_ipa, 0x50000000), OWNER(1, watches, 2)}},
    {BUNDLE_BAD_PARTITION, 0, {OWNER(0, mend_limit, BUNDLE_MEND_MAX + 1)}},
    {BUNDLE_BAD_PARTITION, /* no time to stand */
     1,
     {OWNER(1, watch_ipa, 0x50000000), OWNER(1, flags, BUNDLE_PANEL | BUNDLE_MENDS),
      HEAD(memory_size, 0x0027a000)}},
    {BUNDLE_BAD_PARTITION,
     1,
     {OWNER(1, flags, BUNDLE_PANEL | BUNDLE_MENDS), HEAD(memory_size, 0x0027a000)}}, /* nobody */
    {BUNDLE_BAD_BOARD,
     0,
     {OWNER(1, watch_ipa, 0x50000000), OWNER(1, flags, BUNDLE_PANEL | BUNDLE_MENDS)}},
    {BUNDLE_BAD_PARTITION,
     1,
     {OWNER(1, watch_ipa, 0x50000000), OWNER(1, flags, BUNDLE_PANEL | BUNDLE_MENDS),
      HEAD(memory_size, 0x0027a000), OWNER(0, mend_limit, 1000),
      OWNER(0, flags, BUNDLE_CONSOLE | BUNDLE_RTC | BUNDLE_WATCHDOG | BUNDLE_NO_SUSPEND)}},
    {BUNDLE_BAD_PARTITION,
     1,
     {OWNER(1, watch_ipa, 0x50000000), OWNER(1, flags, BUNDLE_PANEL | BUNDLE_PREVENTS)}},
    {BUNDLE_BAD_PARTITION, /* its watched partition has unconfined DMA */
     1,
     {OWNER(1, watch_ipa, 0x50000000),
      OWNER(1, flags, BUNDLE_PANEL | BUNDLE_MENDS | BUNDLE_PREVENTS), HEAD(memory_size, 0x0027a000),
      OWNER(0, mend_limit, 1000),
      OWNER(0, flags, BUNDLE_CONSOLE | BUNDLE_RTC | BUNDLE_WATCHDOG | BUNDLE_UNCONFINED)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, watch_ipa, 0x50000800)}},
    {BUNDLE_BAD_PARTITION, 1, {OWNER(1, watch_ipa, 0x08000000)}}, /* the distributor's */
    {BUNDLE_OVERLAP, 2, {OWNER(1, watch_ipa, 0x40000000)}},
    {BUNDLE_BAD_PARTITION,
     1,
     {OWNER(1, watch_ipa, 0x50000000), AREA(4, kind, BUNDLE_WATCHED), AREA(4, pa, 0x4bfff000),
      AREA(4, size, 0x2000)}}, /* over its end */
    {BUNDLE_BAD_PARTITION,
     1,
     {OWNER(1, watch_ipa, 0x50000000), AREA(4, kind, BUNDLE_WATCHED)}}, /* nobody's */
    {BUNDLE_BAD_PARTITION,
     1,
     {OWNER(1, watch_ipa, 0x50000000), AREA(4, kind, BUNDLE_WATCHED),
      AREA(4, pa, 0x4d000000)}}, /* a window */
    {BUNDLE_BAD_REGION,
     4,
     {OWNER(1, watch_ipa, 0x50000000), AREA(4, kind, BUNDLE_WATCHED), AREA(4, pa, 0x40200000)}},

    /* loads */
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, part, 3)}},
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, part, 0xffffffff)}},
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, reserved, 1)}},
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, pa, 0x48000004)}},
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, pa, 0x4c000000)}}, /* the other one's memory */
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, pa, 0x4bffff00)}},
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, pa, 0x0a003000)}}, /* a device */
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, space, 3999)}},
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, space, 0x04000001)}},
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, space, UINT64_MAX)}},
    {BUNDLE_BAD_LOAD, 1, {LOAD(0, space, 0x02000008)}},
    {BUNDLE_BAD_LOAD, 0, {LOAD(0, kaslr_seed, 64)}}, /* not a device tree */
    {BUNDLE_BAD_LOAD, 1, {LOAD(1, rng_seed, 64)}},
    {BUNDLE_BAD_LOAD, 2, {LOAD(2, kaslr_seed, 48)}},
    {BUNDLE_BAD_LOAD, 2, {LOAD(2, kaslr_seed, 65)}},
    {BUNDLE_BAD_LOAD, 2, {LOAD(2, kaslr_seed, 4092)}},
    {BUNDLE_BAD_LOAD, 2, {LOAD(2, rng_seed, 4068)}},
    {BUNDLE_BAD_LOAD, 2, {LOAD(2, rng_seed, 0xfffffffc)}},
    {BUNDLE_BAD_LOAD, 2, {LOAD(2, rng_seed, 84), PART(2, size, 100)}},

    /* parts */
    {BUNDLE_BAD_PART, 0, {PART(0, offset, 0)}}, /* the tables */
    {BUNDLE_BAD_PART, 0, {PART(0, offset, 4104)}},
    {BUNDLE_BAD_PART, 0, {PART(0, offset, SAMPLE_BUNDLE_SIZE)}},
    {BUNDLE_BAD_PART, 0, {PART(0, offset, UINT64_MAX - 0xfff)}},
    {BUNDLE_BAD_PART, 0, {PART(0, size, 0)}},
    {BUNDLE_BAD_PART, 0, {PART(0, size, UINT64_MAX)}},
    {BUNDLE_BAD_PART, 0, {PART(0, size, 3ul * BUNDLE_ALIGN + 1)}},
    {BUNDLE_BAD_PART, 1, {PART(1, offset, BUNDLE_ALIGN)}},
    {BUNDLE_BAD_PART, 1, {PART(0, size, BUNDLE_ALIGN + 1)}},
    {BUNDLE_BAD_PART, 0, {PART(0, kind, 0)}},
    {BUNDLE_BAD_PART, 0, {PART(0, kind, 4)}},
    {BUNDLE_BAD_PART, 0, {PART(0, name[0], 0)}},
    {BUNDLE_BAD_PART, 0, {PART(0, name[1], 0x80)}},
    {BUNDLE_BAD_PART, 0, {PART(0, name[31], 'x')}},
};

/* Bundles that are unusual, but good. */
const struct spoiler harmless[] = {
    {BUNDLE_OK, 0, {HEAD(board.pmu_intid, 0)}},
    {BUNDLE_OK, 0, {HEAD(board.uart_base, 0), HEAD(board.uart_intid, 0)}},
    {BUNDLE_OK, 0, {HEAD(board.uart_registers, 4)}},
    {BUNDLE_OK, 0, {HEAD(board.uart_registers, BUNDLE_UART_TI | BUNDLE_UART_WORDS | 2)}},
    {BUNDLE_OK, 0, {HEAD(board.uart_base, 0), INTR(0, intid, 33), OWNER(0, uart_intid, 79)}},
    {BUNDLE_OK, 0, {HEAD(board.uart_base, 0), AREA(1, pa, 0x09000000)}},
    {BUNDLE_OK, 0, {HEAD(board.rtc_base, 0), AREA(1, pa, 0x09010000)}},
    {BUNDLE_OK, 0, {HEAD(board.virtio_version, 1)}},
    {BUNDLE_OK, 0, {HEAD(board.virtio_base, BUNDLE_ADDRESS_LIMIT - 0x4000)}},
    {BUNDLE_OK,
     0,
     {HEAD(board.virtio_base, 0), HEAD(board.virtio_slots, 0), HEAD(board.virtio_version, 0)}},
    {BUNDLE_OK, 0, {AREA(2, pa, 0x48000000 - 0x00100000), LOAD(3, pa, 0x47f80000)}},
    {BUNDLE_OK, 0, {AREA(1, ipa, 0x48000000 - 0x1000)}},
    {BUNDLE_OK, 0, {LOAD(2, kaslr_seed, 0), LOAD(2, rng_seed, 4064)}},
    {BUNDLE_OK, 0, {LOAD(0, part, 1)}}, /* one part for two loads */
    {BUNDLE_OK, 0, {PART(0, size, BUNDLE_ALIGN)}},
    {BUNDLE_OK, 0, {FUNC(1, vendor, 0x1af4), FUNC(1, device, 0x1080)}},
    {BUNDLE_OK,
     0,
     {FUNC(1, vendor, 0x1af4), FUNC(1, device, 0x1052), FUNC(1, flags, 1),
      OWNER(1, flags, BUNDLE_PANEL | BUNDLE_UNCONFINED)}},
    {BUNDLE_OK,
     0,
     {FUNC(1, vendor, 0x1af4), FUNC(1, device, 0x1042),
      AREA(5, silence, BUNDLE_SILENCE_VIRTIO_PCI)}},
    {BUNDLE_OK, 0, {OWNER(0, dtb_ipa, 0)}},
    {BUNDLE_OK, 0, {VCPU(1, core, 0), VCPU(1, cores, 1)}},
    {BUNDLE_OK, 0, {VCPU(2, core, 1), VCPU(2, cores, 7)}},
    {BUNDLE_OK, 0, {VCPU(1, priority, 7), VCPU(1, priority_low, 0), VCPU(1, priority_high, 255)}},
    {BUNDLE_OK, 0, {VCPU(2, budget_us, 100), VCPU(2, budget_period_us, 100), VCPU(2, flags, 3)}},
    {BUNDLE_OK,
     0,
     {VCPU(2, period_us, 1000), VCPU(2, deadline_us, 1000), VCPU(2, on_miss, BUNDLE_MISS_RESTART)}},
    {BUNDLE_OK, 0, {AREA(3, kind, BUNDLE_WINDOW)}},
    {BUNDLE_OK, 0, {AREA(2, kind, BUNDLE_RAM), OWNER(0, manager_intid, 0)}},
    {BUNDLE_OK, 0, {HEAD(doorbells.count, 0)}},
    {BUNDLE_OK, 0, {HEAD(board.smmu_event_intid, 0), HEAD(board.smmu_error_intid, 0)}},
    {BUNDLE_OK, 0, {BELL(1, from, 0), BELL(1, to, 1), BELL(1, intid, 200)}},
    {BUNDLE_OK, 0, {FUNC(1, pin, 0), FUNC(1, intid, 0)}},
    {BUNDLE_OK, 0, {FUNC(1, slot, 0xff)}},
    {BUNDLE_OK, 0, {FUNC(1, bar_kind[0], BUNDLE_BAR_PREFETCH)}},
    {BUNDLE_OK, 0, {OWNER(1, flags, BUNDLE_PANEL | BUNDLE_UNCONFINED)}},
    {BUNDLE_OK, 0, {OWNER(1, flags, BUNDLE_PANEL | BUNDLE_MANAGES_POWER)}},
    {BUNDLE_OK, 0, {OWNER(1, flags, BUNDLE_PANEL | BUNDLE_NO_SUSPEND)}},
    {BUNDLE_OK, 0, {CORE(1, takes.busy, 65535), CORE(1, takes.off, 1)}},
    {BUNDLE_OK,
     0,
     {FUNC(1, flags, BUNDLE_FUNCTION_UNCONFINED),
      OWNER(1, flags, BUNDLE_PANEL | BUNDLE_UNCONFINED)}},
    {BUNDLE_OK, 0, {FUNC(1, bar_size[0], 16), AREA(5, size, 0x1000)}},
    {BUNDLE_OK, 0, {OWNER(1, manager_intid, 200), OWNER(1, life.manages, 1)}},
    {BUNDLE_OK, 0, {OWNER(1, life.manages, 1), OWNER(1, blackbox_ipa, 0x10042000)}},
    {BUNDLE_OK, 0, {OWNER(0, life.manages, 2), OWNER(0, blackbox_ipa, 0x50000000)}},
    {BUNDLE_OK, 0, {OWNER(1, watch_ipa, 0x50000000)}},
    {BUNDLE_OK,
     0,
     {OWNER(1, watch_ipa, 0x50000000), OWNER(1, flags, BUNDLE_PANEL | BUNDLE_MENDS),
      HEAD(memory_size, 0x0027a000), OWNER(0, mend_limit, BUNDLE_MEND_MAX)}},
    {BUNDLE_OK,
     0,
     {OWNER(1, watch_ipa, 0x50000000), AREA(4, kind, BUNDLE_WATCHED), AREA(4, pa, 0x48000000)}},
    {BUNDLE_OK, 0, {OWNER(1, pci_ecam_ipa, 0x20000000)}},
    {BUNDLE_OK, 0, {CORE(2, affinity, 0xff00ffff00ULL)}},
};

const size_t spoilers_count = sizeof(spoilers) / sizeof(spoilers[0]);
const size_t harmless_count = sizeof(harmless) / sizeof(harmless[0]);
