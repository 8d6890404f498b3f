/*
 * The properties of the RTOS's manifest: names, places, forms of values and meanings
 * (host/words.h). A new property begins with a row in one of these tables. words.c checks a
 * manifest against them, and docs/reference/reference.md is made from them.
 */
#include "properties.h"
#include <stddef.h>

const struct word rtos_words_program[] = {
    {"kumiki,image", "kumiki,image = \"console.elf\";", WORD_STRING, false, "none",
     "The program's static ELF file. A path counts from the manifest's folder, then from those of "
     "-I and $KUMIKI_PATH. A program needs this property or 'kumiki,loaded-by', and has only one "
     "of them."},
    {"kumiki,loaded-by", "kumiki,loaded-by = \"loader\";", WORD_STRING, false, "none",
     "The program that loads this one from a file. Such a program offers no port, keeps nothing "
     "and has no restart policy: 'kumiki check' names each property that excludes this one."},
    {"kumiki,role", "kumiki,role = \"init\";", WORD_STRING, false, "\"program\"",
     "\"init\" is the program that the kernel starts; a manifest has exactly one. \"supervisor\" "
     "starts all ordinary programs; a manifest with ordinary programs has exactly one. Both have "
     "no memory quota, ports, devices or restart policy."},
    {"kumiki,arguments", "kumiki,arguments = \"-v\";", WORD_STRINGS, false, "none",
     "The program's arguments: argv[1] and on."},
    {"kumiki,memory", "kumiki,memory = \"128K\";", WORD_STRING, false, NULL,
     "The program's quota. It pays for everything that the program causes: what its file has to "
     "write, stacks, the handle table, page tables and objects. Kept memory, windows and memory "
     "for DMA aren't in it. Each ordinary program needs one."},
    {"kumiki,stack", "kumiki,stack = \"16K\";", WORD_STRING, false, "16 KiB",
     "The stack of the program's first thread, out of the quota."},
    {"kumiki,handles", "kumiki,handles = <128>;", WORD_NUMBER, false, "128",
     "How many handles the program can have, up to 1,024."},
    {"kumiki,priority", "kumiki,priority = <100>;", WORD_NUMBER, false,
     "100; 255 of an init with a supervisor",
     "The priority of the program's first thread, from 0 to 255. An init's is above the "
     "supervisor's."},
    {"kumiki,priority-limit", "kumiki,priority-limit = <100>;", WORD_NUMBER, false, "the priority",
     "The highest priority that the program may give to a thread."},
    {"kumiki,cpu", "kumiki,cpu = <0>;", WORD_NUMBER, false, "0",
     "The CPU on which the program's first thread runs, from 0 to 7."},
    {"kumiki,floating-point", "kumiki,floating-point;", WORD_FLAG, false, "it has none",
     "The program's first thread has floating-point registers."},
    {"access", "access = <&pl011>;", WORD_LABELS, false, "none",
     "Devices of the program, by their labels in the board's file: their registers and "
     "interrupts. None of them does DMA."},
    {"kumiki,unconfined-dma", "kumiki,unconfined-dma = <&virtio_mmio31>;", WORD_LABELS, false,
     "none",
     "Devices of the program that do DMA, which nothing confines; PCI functions are possible, "
     "too."},
    {"kumiki,dma-memory", "kumiki,dma-memory = \"128K\";", WORD_STRING, false, "none",
     "Memory for these devices, in one piece: a power of two from 4 KiB to 2 MiB. It is uncached "
     "if one of the devices has no 'dma-coherent' in its node or in a node above. It needs "
     "'kumiki,unconfined-dma'."},
    {"kumiki,reaches", "kumiki,reaches = \"diskfs\";", WORD_STRINGS, false, "none",
     "Programs into whose kept memory these devices read and write directly, at these programs' "
     "calls. It needs 'kumiki,dma-memory'."},
    {"kumiki,offers", "kumiki,offers = \"console\";", WORD_STRINGS, false, "none",
     "Ports from which the program receives. One program offers a port."},
    {"kumiki,uses", "kumiki,uses = \"console\";", WORD_STRINGS, false, "none",
     "Ports of other programs that the program may call."},
    {"kumiki,blame", "kumiki,blame = <3>;", WORD_NUMBER, false, "3",
     "A call that has ended the program so often is set aside: its caller gets RTOS_SET_ASIDE."},
    {"kumiki,manages", "kumiki,manages = \"console\";", WORD_STRINGS, false, "none",
     "Programs that this one may stop, restart and look into. Of the supervisor only a restart is "
     "possible."},
    {"kumiki,on-demand", "kumiki,on-demand;", WORD_FLAG, false, "it starts with the system",
     "The program starts when another program opens one of its ports. It needs 'kumiki,offers'."},
    {"kumiki,leave-after", "kumiki,leave-after = <1000>;", WORD_NUMBER, false, "never",
     "The program ends when nobody has had one of its ports open for so many milliseconds. It "
     "needs 'kumiki,on-demand'."},
    {"kumiki,heartbeat", "kumiki,heartbeat = <100>;", WORD_NUMBER, false, "none",
     "The program hangs, which is a crash, if so many milliseconds pass without its heartbeat. Its "
     "priority limit is below the supervisor's priority."},
    {"kumiki,answer-within", "kumiki,answer-within = <1000 0>;", WORD_SINGLE_OR_PAIR, false,
     "1000, 0 with 'kumiki,offers', else none",
     "Milliseconds; 0 is no limit. The program hangs, which is a crash, if it computes on one call "
     "for longer than the first number, or if a call isn't answered for longer than the second: a "
     "call that it took, or the first call that waits at one of its ports. One number alone is the "
     "second one. It needs 'kumiki,offers'; the priority limit is below the supervisor's priority, "
     "otherwise there is no default."},
    {"kumiki,busy-at-most", "kumiki,busy-at-most = <80 1000>;", WORD_PAIR, false,
     "90 % in 2 s with 'kumiki,offers' or a device, else no limit",
     "The program runs away, which is a crash, if it computes more than the first number's percent "
     "of one CPU's time in the second number's milliseconds; <100 0> is no limit. Its priority "
     "limit is below the supervisor's priority; otherwise there is no default."},
    {"kumiki,probe", "kumiki,probe = <1000>;", WORD_NUMBER, false,
     "1000 if the program answers probes, else none",
     "Milliseconds between two probes; 0 is none. The supervisor asks the program whether it finds "
     "a known answer, and whether its own state is sound. If not, that is a crash. The program is "
     "linked with 'rtos/sys/probe.c', and has 'kumiki,offers'."},
    {"kumiki,lenient", "kumiki,lenient;", WORD_FLAG, false, "a wrong call ends the program",
     "A system call that is wrong, lacks a right or exceeds the quota just gets a status. "
     "Otherwise it ends the program, which is a crash. It is for a server whose clients can "
     "destroy objects that the server names."},
    {"kumiki,on-crash", "kumiki,on-crash = \"restart\";", WORD_STRING, false, "\"restart\"",
     "What follows a fault, a hang, or an exit with another value than 0: \"restart\" or "
     "\"stop\"."},
    {"kumiki,on-exit", "kumiki,on-exit = \"stop\";", WORD_STRING, false, "\"stop\"",
     "What follows an exit with 0: \"restart\" or \"stop\"."},
    {"kumiki,restart-delay", "kumiki,restart-delay = <10 1000>;", WORD_PAIR, false, "10, 1000",
     "The milliseconds before the second restart of a level, and the most. The delay doubles with "
     "each further restart."},
    {"kumiki,restart-limit", "kumiki,restart-limit = <5 10>;", WORD_PAIR, false, "5 in 10 s",
     "Two numbers: the most restarts of a level, and the seconds in which they are counted. One "
     "more restart belongs to the next level of 'kumiki,at-limit'."},
    {"kumiki,at-limit", "kumiki,at-limit = \"anew\", \"slow\";", WORD_STRINGS, false,
     "\"anew\", \"slow\" with 'kumiki,keep', else \"slow\"",
     "The levels behind the first. \"anew\" wipes the kept memory, and restarts. \"slow\" restarts "
     "for ever, each time after the second number of 'kumiki,restart-delay', at least 100 ms; the "
     "ports are closed meanwhile. \"stop\" leaves the program stopped and its ports closed. "
     "\"reboot\" starts the machine or the partition anew. Only \"anew\" may stand before another "
     "entry, and it isn't the last one."},
    {"kumiki,shared-text", "kumiki,shared-text;", WORD_FLAG, false, "each start copies the text",
     "Text and constants are mapped from the boot image. Otherwise each start copies them, "
     "checked, into pages of the quota, so that a restart mends text that was overwritten."},
    {"kumiki,traces", "kumiki,traces;", WORD_FLAG, false, "it may not",
     "The program may have the kernel trace what all programs do."},
    {"kumiki,no-sums", "kumiki,no-sums;", WORD_FLAG, false, "sums go with what is read and written",
     "This file system tells no sums, so its clients count none, and ramfs doesn't look at what it "
     "did. Calls cost less, and a wrong answer isn't found. What is on the disk has sums all the "
     "same."},
    {"kumiki,keep", "kumiki,keep = \"4K\";", WORD_STRING, false, "nothing",
     "Memory of the program that its restarts leave as it is."},
    {.name = "phandle"},
    {.name = NULL},
};

const struct word rtos_words_window[] = {
    {"kumiki,size", "kumiki,size = \"64K\";", WORD_STRING, false, NULL,
     "The window's size, a multiple of 4 KiB. It is in no program's quota. A window needs this "
     "property and 'kumiki,writers', or 'kumiki,file'."},
    {"kumiki,file", "kumiki,file = \"files.tar\";", WORD_STRING, false, "none",
     "The window is this file, which becomes a part of the boot image. Nobody can write to it. It "
     "needs 'kumiki,readers'. Not with 'kumiki,size' or 'kumiki,writers'."},
    {"kumiki,writers", "kumiki,writers = \"camera\";", WORD_STRINGS, false, NULL,
     "Programs that read and write the window."},
    {"kumiki,readers", "kumiki,readers = \"detector\";", WORD_STRINGS, false, "none",
     "Programs that only read the window."},
    {.name = "phandle"},
    {.name = NULL},
};

const struct word rtos_words_called[] = {
    {"kumiki,channel", "kumiki,channel = \"lan\";", WORD_STRING, false, NULL,
     "The partition's end of the channel with this name."},
    {"kumiki,device", "kumiki,device = \"disk\";", WORD_STRING, false, NULL,
     "A device that the partition has: a label in its 'access', or \"watchdog\" for its own "
     "watchdog."},
    {"kumiki,watched", "kumiki,watched = \"linux\";", WORD_STRING, false, NULL,
     "The partition that the partition watches: registers, and memory. A watcher's messages have "
     "the node's label."},
    {"kumiki,window", "kumiki,window = \"alarms\";", WORD_STRING, false, NULL,
     "The window with this name."},
    {.name = "phandle"},
    {.name = NULL},
};

const struct word rtos_words_list[] = {
    {.name = "phandle"},
    {.name = NULL},
};

const struct word_place rtos_word_places[] = {
    {"a program", "/ { programs { NAME { … }; }; };", rtos_words_program},
    {"a window", "/ { windows { NAME { … }; }; };", rtos_words_window},
    {"a name of the system", "/ { partition { LABEL: NAME { … }; }; };", rtos_words_called},
    {.words = NULL},
};
