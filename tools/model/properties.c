/*
 * The properties of a system description: names, places, forms of values and meanings
 * (host/words.h). A new property begins with a row in one of these tables. vocabulary.c checks a
 * description against them, and docs/reference/reference.md is made from them.
 */
#include "properties.h"
#include <stddef.h>

const struct word words_domain[] = {
    {"compatible", "compatible = \"openamp,domain-v1\";", WORD_STRINGS, true, NULL,
     "The node is a partition, by the system device tree specification."},
    {"cpus", "cpus = <&cpus 0x3>;", WORD_CPUS, true, NULL,
     "The partition's cores: the label of a cluster, and a mask of the cluster's cores. Bit 0 is "
     "the core with the lowest affinity. A third number, the execution mode, can only be 1 (EL1)."},
    {"kumiki,core-kind", "kumiki,core-kind = \"arm,cortex-a72\";", WORD_STRING, false, "any kind",
     "Of the cores that 'cpus' and 'kumiki,may-hold' name, the partition has those of this kind "
     "alone. A kind is a core's 'compatible' in the board's file."},
    {"kumiki,may-hold", "kumiki,may-hold = <&cpus 0x4>;", WORD_CPUS, false, "none",
     "Cores that the partition may get while it runs. At the start another partition or nobody "
     "has them. The form is that of 'cpus'. Not with 'kumiki,vcpus', 'kumiki,vcpu-cores', "
     "'kumiki,vcpu-may-run' or 'kumiki,shared-cores'."},
    {"kumiki,least-cores", "kumiki,least-cores = <2>;", WORD_NUMBER, false,
     "the cores that never move",
     "The partition keeps at least so many cores when cores move by load or by a schedule. An "
     "operator or a manager can still take more."},
    {"kumiki,vcpus", "kumiki,vcpus = <4>;", WORD_NUMBER, false, "as many as cores",
     "How many vCPUs the partition has, from 1 to 8. The machine has up to 32."},
    {"kumiki,vcpu-cores", "kumiki,vcpu-cores = <0 1 0 1>;", WORD_CELLS, false,
     "the partition's cores in turn, the fastest first",
     "The core on which each vCPU starts, by the board's numbers. Where cores may go off, vCPU 0 "
     "starts on a core that stays on without this property."},
    {"kumiki,vcpu-may-run", "kumiki,vcpu-may-run = <0x3 0x1>;", WORD_MASKS, false,
     "the core where it starts",
     "A mask of cores for each vCPU, in which bit 0 is core 0. The balancer and managers move the "
     "vCPU among these cores. One mask counts for all vCPUs, and \"all\" is every core of the "
     "partition."},
    {"kumiki,shared-cores", "kumiki,shared-cores;", WORD_FLAG, false, "its cores are its own",
     "Other partitions may have the same cores, if they have this property, too."},
    {"kumiki,priority", "kumiki,priority = <100>;", WORD_NUMBER, false, "100",
     "The priority of the partition's vCPUs, from 0 to 255. The vCPU with the higher priority runs "
     "first. Loading the partition has this priority, too."},
    {"kumiki,vcpu-priorities", "kumiki,vcpu-priorities = <200 100>;", WORD_CELLS, false,
     "the partition's priority",
     "The priority of each vCPU, from 0 to 255. One number counts for all vCPUs."},
    {"kumiki,task-priority", "kumiki,task-priority = <50 200>;", WORD_PAIRS, false,
     "a vCPU's own priority alone",
     "The lowest and the highest priority that a vCPU may give itself by KUMIKI_CALL_PRIORITY. One "
     "pair counts for all vCPUs."},
    {"kumiki,budget", "kumiki,budget = <2000 10000>;", WORD_PAIRS, false, "none",
     "Two numbers for each vCPU: the microseconds of a core in each period, and the period, from "
     "100 to 10,000,000 microseconds. One pair counts for all vCPUs, and '<0 0>' is no budget."},
    {"kumiki,budget-kind", "kumiki,budget-kind = \"limit\";", WORD_STRINGS, false, "\"limit\"",
     "With \"limit\" a vCPU rests until its next period when its budget is used up. With "
     "\"guarantee\" it goes on, at priority 0."},
    {"kumiki,period", "kumiki,period = <10000>;", WORD_CELLS, false, "none",
     "The least time from one piece of a vCPU's work to the next: 100 to 10,000,000 microseconds. "
     "0 is none."},
    {"kumiki,work", "kumiki,work = <1000>;", WORD_CELLS, false, "not known",
     "How many microseconds a piece of work takes at the most, on the board's fastest core. It "
     "needs 'kumiki,period', and is no longer than that and the deadline. "
     "A core's speed is 'capacity-dmips-mhz' in its node."},
    {"kumiki,deadline", "kumiki,deadline = <5000>;", WORD_CELLS, false, "none",
     "A piece of work is to be done so many microseconds after it came. It needs "
     "'kumiki,period', and is no longer than that."},
    {"kumiki,on-miss", "kumiki,on-miss = \"log\";", WORD_STRINGS, false, "\"log\"",
     "What a missed deadline leads to. \"log\" records it. \"tell\" also raises the managers' "
     "interrupt. \"restart\" also restarts the partition, which must not have "
     "'kumiki,no-restart'."},
    {"kumiki,realtime", "kumiki,realtime;", WORD_FLAG, false, "only vCPUs with a deadline stay",
     "The balancer leaves all vCPUs of the partition on their cores."},
    {"kumiki,memory", "kumiki,memory = \"512M\";", WORD_STRINGS, false, "none",
     "The partition's memory, a string for each piece: SIZE [at PHYSICAL] [as GUEST]. Sizes and "
     "addresses are multiples of 4 KiB. The first piece holds the images. A partition needs this "
     "property or 'memory'."},
    {"memory", "memory = <0x0 0x50000000 0x0 0x10000000>;", WORD_CELLS, false, "none",
     "Pieces of memory in the standard's form: a physical address and a size each. They stand "
     "before the pieces of 'kumiki,memory'."},
    {"access", "access = <&pl011>;", WORD_LABELS, false, "none",
     "Devices that the partition has, by their labels in the board's file. A device that does DMA "
     "is possible here if an SMMU confines it. "
     "The partition reaches everything in a device's pages, such as unused slots of virtio-mmio."},
    {"kumiki,unconfined-dma", "kumiki,unconfined-dma = <&virtio_mmio31>;", WORD_LABELS, false,
     "none",
     "Devices that the partition has although their DMA can reach all memory, the frame's "
     "included. The partition's memory must be seen where it lies."},
    {"kumiki,image", "kumiki,image = \"Image\";", WORD_STRING, true, NULL,
     "The file that the partition starts: an arm64 Image or a flat binary. ELF files, compressed "
     "kernels and big-endian kernels are refused."},
    {"kumiki,link-address", "kumiki,link-address = <0x40080000>;", WORD_ADDRESS, false,
     "by the image's kind",
     "The guest address at which the image is laid out. An arm64 Image otherwise lies at a "
     "multiple of 2 MiB plus its text_offset, a flat binary 512 KiB above the memory's beginning. "
     "In "
     "memory with 'at' or 'as', an Image with a text_offset below 4 KiB lies 2 MiB higher if there "
     "is room."},
    {"kumiki,entry", "kumiki,entry = <0x40080000>;", WORD_ADDRESS, false, "the image's beginning",
     "The guest address of the first instruction."},
    {"kumiki,initrd", "kumiki,initrd = \"initrd.gz\";", WORD_STRING, false, "none",
     "A file that is laid out below the device tree, as Linux's initial RAM disk."},
    {"kumiki,dtb", "kumiki,dtb = \"mine.dtb\";", WORD_STRING, false, "a generated tree",
     "A compiled device tree of your own, of at most 2 MiB. It may show only what the partition "
     "owns. Not with 'kumiki,no-dtb'."},
    {"kumiki,dtb-address", "kumiki,dtb-address = <0x40000000>;", WORD_ADDRESS, false,
     "the end of the first piece of memory",
     "The guest address of the device tree, a multiple of 8. x0 has the same address. Not with "
     "'kumiki,no-dtb'. "
     "Debian's U-Boot for QEMU's virt wants 0x40000000 and, in place of the flash, a piece of "
     "memory: \"256K as 0x4000000\"."},
    {"kumiki,no-dtb", "kumiki,no-dtb;", WORD_FLAG, false, "it has a tree",
     "The partition gets no device tree, and x0 is 0."},
    {"kumiki,console", "kumiki,console;", WORD_FLAG, false, "it has none",
     "The partition has an emulated PL011 UART on the system's console. No partition has a console "
     "where the board's UART is given away."},
    {"kumiki,panel", "kumiki,panel;", WORD_FLAG, false, "it has none",
     "The partition has an emulated PCI function, by which a system without a driver for Kumiki "
     "reaches windows, doorbells and management. It sees windows in the panel's memory, so 'as' "
     "isn't "
     "possible for them, and all partitions see such a window uncached."},
    {"kumiki,no-rtc", "kumiki,no-rtc;", WORD_FLAG, false, "it has a clock",
     "The partition has no emulated PL031 clock."},
    {"kumiki,no-watchdog", "kumiki,no-watchdog;", WORD_FLAG, false, "it has a watchdog",
     "The partition has no emulated SBSA watchdog. "
     "Otherwise 'kumiki check' says where it is: on QEMU's virt usually at 0x9040000 with "
     "interrupt 127."},
    {"kumiki,start-order", "kumiki,start-order = <1>;", WORD_NUMBER, false,
     "its place in the description, from 0",
     "Partitions start in the order of these numbers. Partitions with equal numbers start as they "
     "are described."},
    {"kumiki,after", "kumiki,after = \"linux\";", WORD_STRINGS, false, "none",
     "The partition first starts when all of these partitions run at the same time. Later starts "
     "wait for nothing. A circle is refused."},
    {"kumiki,manual", "kumiki,manual;", WORD_FLAG, false, "it starts by itself",
     "The partition stays stopped until an operator or a manager starts it."},
    {"kumiki,manages", "kumiki,manages = \"linux\";", WORD_STRINGS, false, "none",
     "The partition may command these others: start, stop, restart, suspend, resume, move vCPUs, "
     "ask for cores. An interrupt tells it of each change in their lives."},
    {"kumiki,manages-power", "kumiki,manages-power;", WORD_FLAG, false, "it may not",
     "The partition may change the policy that says which cores are on."},
    {"kumiki,watches", "kumiki,watches = \"linux\";", WORD_STRING, false, "none",
     "The partition reads all memory of this other one, and the registers that say what its kernel "
     "is doing. It can't write there. docs/watching.md says what a watcher is."},
    {"kumiki,mends", "kumiki,mends;", WORD_FLAG, false, "it can only read",
     "The partition may also change memory of the partition that it watches: some words at a time, "
     "while that one stands still."},
    {"kumiki,mend-limit", "kumiki,mend-limit = <1000>;", WORD_NUMBER, false, "1000",
     "Microseconds, 10 to 100,000: if not all vCPUs of that partition stand by then, all go on, "
     "and "
     "nothing is changed. Needs 'kumiki,mends'."},
    {"kumiki,prevents", "kumiki,prevents;", WORD_FLAG, false, "it can only see",
     "The partition decides what the kernel that it watches may execute and write, page by page. "
     "Needs 'kumiki,mends', and a CPU with FEAT_XNX. docs/prevention.md says what that is."},
    {"kumiki,on-crash", "kumiki,on-crash = \"restart\";", WORD_STRING, false,
     "\"restart\", or \"stop\" with 'kumiki,no-restart'",
     "What a crash leads to: \"restart\" from pristine images, \"stop\", or \"hold\", which keeps "
     "everything for inspection."},
    {"kumiki,restart-limit", "kumiki,restart-limit = <5 60>;", WORD_PAIR, false, "5 in 60 s",
     "Two numbers: the most restarts without a command, and the seconds in which they are counted. "
     "'<0 1>' allows no restart."},
    {"kumiki,restart-delay", "kumiki,restart-delay = <100>;", WORD_NUMBER, false, "100",
     "Milliseconds before the second of these restarts, at most 3,600,000. Each further delay is "
     "twice as long; the first restart is at once."},
    {"kumiki,at-limit", "kumiki,at-limit = \"stop\";", WORD_STRING, false, "\"stop\"",
     "What replaces a restart beyond the limit: \"stop\", \"hold\", or \"off\", which switches "
     "the machine off."},
    {"kumiki,no-restart", "kumiki,no-restart;", WORD_FLAG, false, "it can be restarted",
     "The partition is started once. A crash or a reset of its own ends it for good. A partition "
     "with a device that Kumiki can't silence needs this property. Kumiki silences known classes "
     "of devices. The registers of such a device are one range from the beginning of a page, or of "
     "a slot of virtio-mmio. Devices in one page are of one class."},
    {"kumiki,keep", "kumiki,keep = \"64K\";", WORD_STRINGS, false, "nothing",
     "Stretches of memory that restarts leave as they are, up to eight: SIZE [at GUEST], in "
     "multiples of 4 KiB. Without an address a stretch lies at the end of the first piece of "
     "memory. "
     "The generated tree has it in /reserved-memory as kept@ADDRESS with 'no-map'."},
    {"kumiki,ramoops", "kumiki,ramoops = \"256K\";", WORD_STRING, false, "none",
     "Memory for Linux's ramoops that restarts leave as it is: SIZE [at GUEST], 16 KiB or more. "
     "A quarter is for the end of the console's output, the rest for records of panics. After a "
     "panic 'modprobe ramoops' and a mount of pstore show them."},
    {"kumiki,suspended-time", "kumiki,suspended-time = \"hidden\";", WORD_STRING, false, "\"seen\"",
     "Whether the virtual counter goes on while the partition is suspended. With \"seen\" it goes "
     "on, with \"hidden\" it stands still. The physical counter and the clock always go on."},
    {"id", "id = <1>;", WORD_NUMBER, false, "none",
     "The standard's number of the domain. It is for other tools and has no effect here."},
    {"os,type", "os,type = \"linux\";", WORD_STRINGS, false, "none",
     "The standard's name of the operating system. It is for other tools and has no effect here."},
    {"#address-cells", "#address-cells = <2>;", WORD_NUMBER, false, "2",
     "How many cells an address in 'memory' has."},
    {"#size-cells", "#size-cells = <2>;", WORD_NUMBER, false, "2",
     "How many cells a size in 'memory' has."},
    {.name = "phandle"},
    {"sram", "name the memory's node in 'access' instead", WORD_REFUSED, false, NULL, NULL},
    {"reserved-memory", "name an address in 'kumiki,memory' instead", WORD_REFUSED, false, NULL,
     NULL},
    {.name = NULL},
};

const struct word words_chosen[] = {
    {"bootargs", "bootargs = \"console=ttyAMA0\";", WORD_TEXT, false, "empty",
     "The command line that the generated device tree gives the guest."},
    {.name = "phandle"},
    {.name = NULL},
};

const struct word words_domains[] = {
    {"#address-cells", "#address-cells = <2>;", WORD_NUMBER, false, "2",
     "How many cells an address has in the nodes inside."},
    {"#size-cells", "#size-cells = <2>;", WORD_NUMBER, false, "2",
     "How many cells a size has in the nodes inside."},
    {.name = "phandle"},
    {.name = NULL},
};

const struct word words_window[] = {
    {"kumiki,size", "kumiki,size = \"64K\";", WORD_STRING, true, NULL,
     "The window's size, a multiple of 4 KiB; \"64K at 0x80000000\" puts it at that physical "
     "address."},
    {"kumiki,writers", "kumiki,writers = \"left\", \"right\";", WORD_STRINGS, true, NULL,
     "Partitions that read and write the window; \"left as 0x70000000\" sees it at that guest "
     "address. "
     "Without an address the partition sees the window where it lies or, if something else is "
     "there, at the first free address from the beginning of RAM."},
    {"kumiki,readers", "kumiki,readers = \"monitor\";", WORD_STRINGS, false, "none",
     "Partitions that only read the window, in the form of 'kumiki,writers'."},
    {"kumiki,doorbells", "kumiki,doorbells;", WORD_FLAG, false, "no doorbells",
     "Each partition of the window has a doorbell to each other one."},
    {.name = "phandle"},
    {.name = NULL},
};

const struct word words_doorbell[] = {
    {"kumiki,from", "kumiki,from = \"left\";", WORD_STRINGS, true, NULL,
     "Partitions that can ring the doorbell."},
    {"kumiki,to", "kumiki,to = \"right\";", WORD_STRINGS, true, NULL,
     "Partitions that hear it; each of them can be rung separately."},
    {.name = "phandle"},
    {.name = NULL},
};

const struct word words_channel[] = {
    {"compatible", "compatible = \"kumiki,network\";", WORD_STRING, true, NULL,
     "What the channel carries: \"kumiki,network\" is a switch of an Ethernet, \"kumiki,console\" "
     "a serial line between two partitions, \"kumiki,disk\" a disk that one of them provides, "
     "\"kumiki,entropy\" random bytes for one."},
    {"kumiki,ends", "kumiki,ends = \"linux\", \"other\";", WORD_STRINGS, true, NULL,
     "The partitions that the channel joins: from two to eight, by a console two; of a disk those "
     "that use it, of entropy one. Each has a virtio device, by virtio-mmio."},
    {"kumiki,provider", "kumiki,provider = \"store\";", WORD_STRING, false, NULL,
     "Of a disk: the partition that provides it. A program there serves the channel of that name."},
    {"kumiki,read-only", "kumiki,read-only;", WORD_FLAG, false, NULL,
     "Of a disk: no partition can write to it, so that several can use it."},
    {"kumiki,wait-at-most-ms", "kumiki,wait-at-most-ms = <30000>;", WORD_NUMBER, false, "for ever",
     "Of a disk: how long each request waits for an answer, 1 to 3600000 ms. Then it fails with an "
     "I/O error. Later requests are carried out when the provider is there."},
    {"kumiki,frames-per-second", "kumiki,frames-per-second = <10000>;", WORD_NUMBER, false,
     "no limit",
     "Of a network: how many frames each of its ends may send in a second, 1 to 1000000. Further "
     "ones wait at their sender."},
    {"kumiki,mac-addresses", "kumiki,mac-addresses = \"02:00:00:00:00:01\", \"generated\";",
     WORD_STRINGS, false, "\"generated\" for each",
     "Of a network: the MAC address of each end, in the order of kumiki,ends. An address is for "
     "one "
     "station, so its first byte is even, and no other end of the network has it."},
    {.name = "phandle"},
    {.name = NULL},
};

const struct word words_root[] = {
    {"kumiki,system", "kumiki,system = \"demo\";", WORD_STRING, false,
     "the file's name without .dts",
     "The system's name: 1 to 31 letters, digits, '-', '_' and '.'."},
    {"kumiki,console-core", "kumiki,console-core = <0>;", WORD_NUMBER, false,
     "the first core of the partition with the lowest priority",
     "The core that runs the console service, by the board's numbers. A partition has to have "
     "that core. Of several partitions with the lowest priority the one with the most cores "
     "counts."},
    {"kumiki,stay-on", "kumiki,stay-on;", WORD_FLAG, false, "the machine goes off",
     "The machine stays on when its last partition has stopped."},
    {"kumiki,reset-at-failure", "kumiki,reset-at-failure;", WORD_FLAG, false,
     "the machine goes off",
     "If the frame has failed and can't recover, the machine is reset, but not in its first "
     "minute. If the board's memory outlives that, the next start tells why, and black boxes "
     "keep their ends."},
    {"kumiki,update-key", "kumiki,update-key = \"update.pub.pem\";", WORD_STRING, false,
     "the frame can't be replaced",
     "The public key whose owner may replace the frame while it runs: a file with a key on the "
     "curve P-256, in PEM or DER, or the 128 hexadecimal digits of x and y. It takes 512 KiB "
     "of memory. docs/update.md says more."},
    {"kumiki,update-to-lower", "kumiki,update-to-lower;", WORD_FLAG, false, "it is refused",
     "The owner of 'kumiki,update-key' may replace the frame by a lower version, too. Then "
     "everybody who has an old signed package and the link can bring that version back."},
    {"kumiki,power", "kumiki,power = \"balanced\";", WORD_STRING, false, "\"performance\"",
     "The policy that says which cores are on: \"performance\", \"balanced\", \"powersave\" or "
     "\"isolate\"."},
    {"kumiki,power-schedule", "kumiki,power-schedule = \"22:00 powersave\";", WORD_STRINGS, false,
     "none", "Changes of the policy each day, by UTC: up to 8, in the order of the day."},
    {"kumiki,free-cores", "kumiki,free-cores = <4>;", WORD_CELLS, false, "none",
     "Cores that nobody has at the start, by the board's numbers. Some partition has to have each "
     "of them in its 'kumiki,may-hold'."},
    {"kumiki,cores-by-load", "kumiki,cores-by-load;", WORD_FLAG, false,
     "cores move by hand or by a schedule",
     "A partition with too few cores gets a core of a partition with too many, within "
     "'kumiki,may-hold' and 'kumiki,least-cores'."},
    {"kumiki,cores-schedule", "kumiki,cores-schedule = \"22:00 2 worker\";", WORD_STRINGS, false,
     "none",
     "Changes of a core's holder each day, by UTC: the time, the core, and a partition or "
     "\"nobody\". Up to 8, in the order of the day."},
    {"kumiki,core-power", "kumiki,core-power = <616 15 0>;", WORD_CELLS, false, "the board's",
     "Milliwatts of a core that is busy, idle and off, for an estimate of the energy."},
    {"kumiki,board", "kumiki,board = \"qemu-virt\";", WORD_STRING, false, "in the board's file",
     "The board's name: 1 to 31 letters, digits, '-', '_' and '.'. The frame's image has to be "
     "made for it. A board's file needs this property."},
    {"kumiki,qemu-machine", "kumiki,qemu-machine = \"virt\";", WORD_STRING, false,
     "in the board's file", "QEMU's -machine, for 'kumiki run'."},
    {"kumiki,qemu-cpu", "kumiki,qemu-cpu = \"cortex-a57\";", WORD_STRING, false,
     "in the board's file", "QEMU's -cpu, for 'kumiki run'."},
    {"kumiki,qemu-cpus", "kumiki,qemu-cpus = <4>;", WORD_NUMBER, false,
     "up to the last core in use",
     "The least number of cores that 'kumiki run' gives the machine (QEMU's -smp)."},
    {"kumiki,qemu-legacy-virtio", "kumiki,qemu-legacy-virtio;", WORD_FLAG, false,
     "'kumiki run' sets virtio-mmio.force-legacy=false",
     "QEMU's virtio-mmio devices are legacy ones (version 1), as QEMU has them by itself. "
     "Empty slots say the same version."},
    {"kumiki,instruction-time", "kumiki,instruction-time = <1000>;", WORD_NUMBER, false,
     "in the board's file",
     "Picoseconds that an instruction of the frame takes at the most. What 'kumiki check' says "
     "about deadlines and guarantees is computed with it."},
    {"kumiki,watchdog", "kumiki,watchdog = <&watchdog0>;", WORD_LABELS, false,
     "in the board's file",
     "The board's watchdog (\"fsl,imx21-wdt\"), which the frame begins at its start, and feeds "
     "only "
     "while all cores get on. A partition that has it in 'access' feeds it instead."},
    {.name = NULL},
};

const struct word words_device[] = {
    {"kumiki,qemu-device", "kumiki,qemu-device = \"virtio-blk-device,drive=d0\";", WORD_STRING,
     false, "none",
     "What 'kumiki run' gives QEMU behind -device, to stand behind this device. The bus, and of a "
     "PCI function the address, are added."},
    {"kumiki,qemu-args", "kumiki,qemu-args = \"-drive if=none,id=d0,file=disk.img,format=raw\";",
     WORD_STRING, false, "none",
     "Further arguments for QEMU, parted at blanks. A file behind 'file=' of -drive and -device, "
     "'filename=' of -drive and -blockdev, or 'path=' of -chardev, -fsdev and -virtfs counts from "
     "the folder of the source. Names with a protocol ('fat:', 'json:') and other options stay as "
     "they are written."},
    {"kumiki,core-power", "kumiki,core-power = <616 15 0>;", WORD_CELLS, false, "the root's",
     "In the node of a core: milliwatts of that core when it is busy, idle and off."},
    {"kumiki,remote-entry", "kumiki,remote-entry = <0x0>;", WORD_ADDRESS, false, "none",
     "In the node of a cluster of another architecture: the address where its cores begin."},
    {"kumiki,remote-reset", "kumiki,remote-reset = <&rpu>;", WORD_LABELS, false, "none",
     "In the same node: the device that lets these cores go."},
    {.name = NULL},
};

/* Properties of the PCI binding, in a child of the board's PCI bridge. pci.c checks them. */
static const struct word words_function[] = {
    {"compatible", "compatible = \"pci1af4,1042\";", WORD_STRINGS, true, NULL,
     "The function's vendor and device, in hexadecimal. The frame compares them with what it "
     "finds."},
    {"reg", "reg = <0x1000 0 0 0 0>;", WORD_CELLS, true, NULL,
     "The function's place: device << 11 plus function << 8. A unit address (disk@2,0) has to "
     "agree. "
     "Further entries are the BARs of a function that Kumiki doesn't know: '<0x2001010 0 0 0 "
     "0x4000>' "
     "is BAR 0 (register 0x10) of device 2, 32-bit memory of 16 KiB. 0x3… in place of 0x2… is "
     "64-bit "
     "memory, and 0x4… more is prefetchable."},
    {"interrupts", "interrupts = <1>;", WORD_NUMBER, false, "as known, else none",
     "The function's interrupt pin, 1 to 4, which the frame compares with what it finds. With 0 "
     "the "
     "function has none, and can't assert a line."},
    {"kumiki,qemu-device", "kumiki,qemu-device = \"virtio-blk-pci,drive=d0\";", WORD_STRING, false,
     "none",
     "As of other devices. Bus, address and an empty romfile are added, and of virtio also "
     "disable-legacy=on and iommu_platform=on."},
    {.name = NULL},
};

const struct word_place model_word_places[] = {
    {"the root", "/ { … };", words_root},
    {"a partition", "/ { domains { NAME { … }; }; };", words_domain},
    {"a partition's chosen", "/ { domains { NAME { chosen { … }; }; }; };", words_chosen},
    {"a window", "/ { windows { NAME { … }; }; };", words_window},
    {"a doorbell", "/ { doorbells { NAME { … }; }; };", words_doorbell},
    {"a channel", "/ { channels { NAME { … }; }; };", words_channel},
    {"a device, core or cluster", "&LABEL { … };", words_device},
    {"a PCI function", "&pcie { LABEL: NAME@DEVICE,FUNCTION { … }; };", words_function},
    {"the lists themselves",
     "/ { domains { … }; windows { … }; doorbells { … }; channels { … }; };", words_domains},
    {.words = NULL},
};
