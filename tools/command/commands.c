/*
 * The list of subcommands, with their help. manual.sh and completion.sh make the manual page and
 * the completion from it. Each command's own file reads its options.
 */
#include <getopt.h>
#include <host/commands.h>
#include <host/tame.h>
#include <lib/nearest.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define COMMAND_VERB 16 /* bytes of a verb, with the 0 at its end */

#define INCLUDE_HELP                                                                               \
	"  -I FOLDER         look there, too, for included files and for images: after the\n"      \
	"                    description's own folder, before those of $KUMIKI_PATH\n"
#define JSON_HELP "  --json            as JSON, for programs: also what is wrong\n"
#define OUT_HELP  "  -o OUT            into this file instead of standard output\n"

const struct command command_list[] = {
    {"check", kumiki_check, "say what is wrong with a system description, and where",
     "[-I FOLDER]… [--json] FILE…",
     INCLUDE_HELP JSON_HELP
     "\nTells every mistake with file, line, column, the wrong word and a remedy; the exit\n"
     "status is 1 then. Of a good description it tells the owner of each core, device and piece\n"
     "of memory, what follows a crash, the order of starts, and the managers. Where CPUs share a\n"
     "core, or the description promises time, it tells the order of priorities, what each CPU may\n"
     "use, and when its work is done at the worst. A promise that can't be kept is a mistake.\n"},
    {"draw", kumiki_draw, "draw a system: the owners of cores, memory and devices",
     "[-I FOLDER]… [--text] [-o OUT] FILE",
     INCLUDE_HELP
     "  --text            for a terminal of 100 columns, instead of an SVG picture\n" OUT_HELP
     "\nThe picture marks devices whose DMA nothing confines.\n"},
    {"pack", kumiki_pack, "make the one bootable image of a system",
     "[-I FOLDER]… [--frame FRAME] -o OUT FILE",
     INCLUDE_HELP
     "  -o OUT            the image: an arm64 Image that any boot loader starts at EL2\n"
     "  --frame FRAME     the frame's image; without it, frame-BOARD.img in one of the search\n"
     "                    folders\n"
     "\nThe same input gives the same image, bit for bit. The file appears whole or not at all.\n"},
    {"show", kumiki_show, "tell what is in a packed image, and whether it is intact",
     "[--json | --dtb PARTITION [-o OUT]] IMAGE",
     "  --dtb PARTITION   write this partition's device tree instead\n" OUT_HELP JSON_HELP
     "\nTells the board; the partitions, with all that they own and what follows a crash; the\n"
     "memory that restarts keep; and the parts with size, CRC-32C and SHA-256. If the image is\n"
     "damaged, it names the damaged part, and the exit status is 1.\n"},
    {"run", kumiki_run, "pack a system and start it in QEMU", "[OPTION]… FILE [-- QEMU-OPTION…]",
     INCLUDE_HELP
     "  -o OUT            keep the packed image there\n"
     "  --frame FRAME     as for pack\n"
     "  --no-pack IMAGE   start this packed image of the description\n"
     "  --link SOCKET[:RIGHTS]\n"
     "                    the machine's UART on this socket instead of this terminal, for many\n"
     "                    clients at once: console, gdb, top, trace, scripts; up to eight such\n"
     "                    options, with RIGHTS as for hub; with --print QEMU's own socket,\n"
     "                    which has one client\n"
     "  --page            the machine's page for a browser, whose address is printed; on a\n"
     "                    terminal with the console, and Ctrl-] q ends the machine\n"
     "  --icount          count time in instructions: the same run each time\n"
     "  --smp-threads     a thread for each core\n"
     "  --print           show QEMU's command line instead of starting it; the image isn't\n"
     "                    packed, and it is told if OUT (without -o, NAME.img) isn't this one\n"
     "\nThe board has to be one of QEMU's. QEMU gets the devices that the description uses, and "
     "all\n"
     "options behind '--'. The sockets go when the machine ends.\n"},
    {"console", kumiki_console, "attach to the consoles of a running system",
     "[--partition NAME [--raw]] [--look] [--log FOLDER] [--command LINE]… LINK",
     "LINK is the socket of 'kumiki run --link', a terminal device, or - for standard input\n"
     "and output.\n\n"
     "  --partition NAME  this partition's console alone\n"
     "  --raw             its characters as they came; they may tell the terminal anything\n"
     "  --look            ask a hub for the right to look alone\n"
     "  --log FOLDER      write what each partition says into a file there, too\n"
     "  --command LINE    have the system carry out this operator's command, print its answer,\n"
     "                    and leave; several options in turn, up to the first command that\n"
     "                    fails (status 1)\n\n"
     "Ctrl-] q leaves, Ctrl-] c is the operator's command line; 'help' there says more.\n\n"
     "For a slow machine, KUMIKI_PATIENCE=4 in the environment makes every subcommand with a LINK\n"
     "wait four times as long.\n"},
    {"hub", kumiki_hub, "serve many clients on one link, with rights for each",
     "--at SOCKET[:RIGHTS]… LINK",
     "Console, gdb, top, trace and scripts use the sockets at once. Each has its own view, and\n"
     "none holds up the others. LINK is a terminal device, the serial line of a board, or a\n"
     "UART's socket of QEMU's; the hub ends with it. ('kumiki run --link' has a hub of its "
     "own.)\n\n"
     "  --at SOCKET       a socket for clients, up to eight; who may write to it may use it\n"
     "  RIGHTS            what its clients may do, with commas between: look (output, traces,\n"
     "                    commands that change nothing), type, command, debug; all without\n"},
    {"page", kumiki_page, "see and operate a running system in a browser",
     "[--port PORT] LINK | --users FILE [--at ADDRESS:PORT] [OPTIONS] LINK",
     "Prints an address with a key for this run alone. Who opens it on this host sees the systems\n"
     "on their cores, live, what is wrong, and each system's console; and starts, stops, suspends\n"
     "and restarts systems. Programs use the same by JSON over HTTP. LINK is a socket of 'kumiki\n"
     "run --link' or 'kumiki hub'; what it doesn't allow, the page can't do. The page ends with\n"
     "the machine. docs/page.md says more.\n\n"
     "  --port PORT       a port of 127.0.0.1; without it a free one\n"
     "  --users FILE      instead of the key, these users log in (kumiki user), by TLS\n"
     "  --at ADDRESS:PORT with users, listens there, too for other hosts: 0.0.0.0:8443\n"
     "  --tls FOLDER      where page.pem is, or is made: key and certificate; without it beside\n"
     "                    the users' file. The certificate's fingerprint is printed\n"
     "  --certificate PEM your own certificate, and its key\n"
     "  --key PEM         its key, if it is in a file of its own\n"
     "  --clients PEM     authorities whose certificates let users in, too: each names its user\n"
     "  --log FOLDER      keeps a log there, of consoles, ends, acts and log-ins\n"
     "  --mqtt ADDRESS:PORT, --mqtt-node NAME\n"
     "                    tells this MQTT 5 broker states and alarms, below kumiki/NAME/\n"
     "  --mqtt-ca PEM     TLS with the broker: the authorities of its certificate\n"
     "  --mqtt-login FILE a file with NAME:PASSWORD for the broker\n"
     "  --mqtt-commands FILE\n"
     "                    takes commands that one of these keys has signed (kumiki fleet)\n"},
    {"logs", kumiki_logs, "read the log that a page keeps, and check it",
     "[--system NAME] [--kind KIND] [--since TIME] [--follow | --export | --verify KEY] FOLDER",
     "FOLDER is what 'kumiki page --log FOLDER' writes: what systems print, their ends, acts and\n"
     "log-ins.\n\n"
     "  --system NAME     records of this system alone\n"
     "  --kind KIND       console, life, found, act, user, or log: of the log itself\n"
     "  --since TIME      from then on: '2026-12-01 10:30', '2026-12-01', or 10m, 2h, 3d ago\n"
     "  --follow          goes on with records that come, until Ctrl-C\n"
     "  --export          in systemd's format, for systemd-journal-remote\n"
     "  --verify KEY      checks each record; KEY is a file with the key that the page printed\n"
     "                    when it made the log\n"},
    {"user", kumiki_user, "add, change and remove users of a page",
     "add FILE NAME ROLE | role FILE NAME ROLE | password|remove FILE NAME | list FILE",
     "FILE has the users of 'kumiki page --users FILE', a line for each: name, role, and a hash "
     "of\n"
     "the password. Only its owner may read it. A page that runs takes a change within a "
     "second.\n\n"
     "  add FILE NAME ROLE   a new user; the password is typed, or is a line of standard input\n"
     "  password FILE NAME   a new password\n"
     "  role FILE NAME ROLE  another role\n"
     "  remove FILE NAME     takes the user away; his sessions end\n"
     "  list FILE            names and roles\n\n"
     "Roles: see (looks), operate (also starts, stops, suspends and restarts systems, and moves\n"
     "cores), change (also does what can't be undone from the page).\n"},
    {"fleet", kumiki_fleet, "sign commands for machines that an MQTT broker reaches",
     "key NAME | sign [--for SECONDS] [--core N] [--off] KEY NODE ACT [SYSTEM]",
     "  key NAME          makes NAME.key, which signs, and prints the line with its public key "
     "for\n"
     "                    the file of 'kumiki page --mqtt-commands FILE'\n"
     "  sign KEY NODE ACT [SYSTEM]\n"
     "                    prints the message for the topic kumiki/NODE/command, signed by the key\n"
     "                    in the file KEY. ACT: start, stop, suspend, resume, restart or give\n\n"
     "  --for SECONDS     how long the command may be carried out: up to 600; else 60\n"
     "  --core N          give: the core; without a system it is nobody's\n"
     "  --off             stop: even if the machine goes off behind it\n\n"
     "A command is for one node, and is carried out once. docs/fleet.md says more.\n"},
    {"remote", kumiki_remote, "command a machine on another host, by its page",
     "--user NAME [OPTION]… HOST[:PORT] list|start|stop|suspend|resume|restart|give [SYSTEM]",
     "HOST has a page with users ('kumiki page --users FILE --at ADDRESS:PORT'); PORT is 8443\n"
     "without a word. The role of the user says what he may.\n\n"
     "  --user NAME       who you are there\n"
     "  --password FILE   a file with the password that only you can read; without it the\n"
     "                    password is $KUMIKI_PASSWORD\n"
     "  --fingerprint SHA256\n"
     "                    of the page's certificate, as the page printed it: once; then it stands\n"
     "                    in ~/.config/kumiki/known-pages, and another certificate is refused\n"
     "  --core N          give: the core; without a system it is nobody's\n"
     "  --off             stop: even if the machine goes off behind it\n"},
    {"gdb", kumiki_gdb, "let gdb debug a partition of a running system", "[--port PORT] NAME LINK",
     "Halts the partition NAME, and serves gdb until gdb detaches; the other partitions go on. A\n"
     "partition that is held after a crash is possible, too. gdb has registers, memory,\n"
     "breakpoints, watchpoints and single steps, with the vCPUs as threads. LINK as for 'kumiki\n"
     "console'. In gdb:\n\n"
     "  target remote | kumiki gdb NAME LINK\n\n"
     "  --port PORT       instead of standard input and output, this port of 127.0.0.1; with 0\n"
     "                    a free port, which the command names\n"},
    {"trace", kumiki_trace, "fetch the trace of a running system",
     "[--from RAW | LINK] [--rtos LOG] [--raw RAW] [--latency] [-o FOLDER]",
     "Writes Common Trace Format, and JSON for ui.perfetto.dev. LINK is the socket of 'kumiki run\n"
     "--link', a terminal device, or - for standard input and output.\n\n"
     "  -o FOLDER         write them there (needed, unless --raw or --latency is given)\n"
     "  --rtos LOG        take along the RTOS's events, which its shell printed at 'trace raw';\n"
     "                    without LINK and RAW these alone\n"
     "  --latency         histograms of the time from a vCPU's wake-up or interrupt until\n"
     "                    the vCPU runs\n"
     "  --raw RAW         keep the events as they came\n"
     "  --from RAW        read a file of --raw, instead of asking a system\n"},
    {"rtos", kumiki_rtos, "check, pack or show the programs of the RTOS; core files",
     "check|pack|show|core [-I FOLDER]… [--kernel KERNEL] [-o OUT] FILE…",
     "  check FILE…       tell every mistake of manifests; or what the programs need\n"
     "  pack FILE         put a manifest's programs behind the RTOS's kernel\n"
     "  show IMAGE        tell what is in a packed image, and whether it is intact\n"
     "  core LOG          make a core file for gdb from what the RTOS's shell printed at 'core'\n"
     "  -I FOLDER         look there, too, for included files and for programs\n"
     "  --kernel KERNEL   the kernel's image, for pack; otherwise kernel.img of these folders, or\n"
     "                    of Kumiki's own\n"
     "  -o OUT            the packed image (an arm64 Image for a machine or a partition), or\n"
     "                    the core file\n"},
    {"fs", kumiki_fs, "make, check and fill images of the RTOS's disk file system",
     "make|check|list|read|write [--size SIZE] [-o OUT] IMAGE [FILE [FROM]]",
     "  make IMAGE [FOLDER]  a new file system in the file IMAGE, with all files of FOLDER; it\n"
     "                       replaces an image that is there when it is whole\n"
     "  check IMAGE          read all of it, and tell whether all parts fit together\n"
     "  list IMAGE [FILE]    each file with its size; of a directory those in it\n"
     "  read IMAGE FILE      get a file out\n"
     "  write IMAGE FILE [FROM]  put the file FROM, or standard input, in as FILE; directories on\n"
     "                       its way are made; a file that is there is replaced whole or not\n"
     "  --size SIZE          of a new image: from 1M to 64G\n" OUT_HELP
     "\nThe image is a whole disk, as QEMU's 'format=raw' has it. No machine may use it "
     "meanwhile.\nA command that fails leaves all files as they were.\n"},
    {"facts", kumiki_facts, "find out about a kernel what its watcher must know", "[-o OUT] IMAGE",
     "Reads symbols and types of a Linux from its own Image, or of another program from its ELF\n"
     "file, for the RTOS's watcher (docs/watching.md). Without -o it prints some of them.\n\n"
     "  -o OUT            the facts, a file for the watcher\n"},
    {"modules", kumiki_modules, "list modules that a watched Linux may load, by their contents",
     "[-o OUT] IMAGE FILE.ko…",
     "For a watcher that prevents (docs/prevention.md). IMAGE is the very kernel that the Linux\n"
     "boots. Name also each module that another one needs. Without -o it prints the modules.\n\n"
     "  -o OUT            the list, a file for the watcher's boot image\n"},
    {"rules", kumiki_rules, "make rules of what a watcher looks by, and add them while it runs",
     "check|explain [-o OUT] FILE… IMAGE | test|add|remove|list [--partition NAME] LINK …",
     "  check FILE… IMAGE    tell every mistake of the rule files, for the kernel in IMAGE\n"
     "  explain FILE… IMAGE  tell what each rule becomes: objects, offsets, steps\n"
     "  test LINK FILE… IMAGE  have a watcher that runs look once by the rules, and tell what it\n"
     "                       finds; its own rules stay as they are\n"
     "  add LINK FILE… IMAGE give the rules to a watcher that runs; a rule takes the place of\n"
     "                       one of the same name\n"
     "  remove LINK NAME     take a rule away from it\n"
     "  list LINK            tell its rules, and how many findings each has\n"
     "  -o OUT               of check: the rules, a file for the watcher's boot image\n"
     "  --partition NAME     the watcher's partition, if that isn't named 'watcher'\n"
     "\nIMAGE is a Linux's Image, or another program's ELF file with types.\nLINK as for 'kumiki "
     "console'. The rules' language: docs/rules.md.\n"},
    {"gatelog", kumiki_gatelog, "verify and show the log of the security gateway",
     "--key KEY [--head NUMBER:SEAL] LOG",
     "Prints each record of LOG, a file that 'kumiki fs read' got from the gateway's\n"
     "disk, up to the first one that isn't as it was written: then the status is 1.\n\n"
     "  --key KEY         the gateway's key, a file of 32 bytes\n"
     "  --head NUMBER:SEAL  what the gateway said last on its console: so many records\n"
     "                    have to be there\n"},
    {"top", kumiki_top, "show the shares of a running system's cores",
     "[--once] [--seconds N] [--json] LINK",
     "Each core's and each vCPU's share of the time, budgets, missed deadlines and moves, in\n"
     "place on a terminal, else one table after the other; Ctrl-C ends it. LINK as for 'kumiki\n"
     "console'.\n\n"
     "  --once            one table, over one second\n"
     "  --seconds N       tables over N seconds each, 1 to 30\n"
     "  --json            JSON documents in place of tables, for programs\n"},
    {"update", kumiki_update, "replace the frame of a running machine, while its guests run",
     "--payload -o OUT IMAGE | [--signature FILE] LINK IMAGE",
     "  --payload         write what is to be signed of IMAGE, instead of sending it\n" OUT_HELP
     "  --signature FILE  the signature; without it, IMAGE.sig\n"
     "\nSends the frame and the services in IMAGE, which 'kumiki pack' wrote. All else stays as\n"
     "it is, so its partitions and hardware have to be those of the machine. The owner of the\n"
     "description's 'kumiki,update-key' signs:\n"
     "  openssl dgst -sha256 -sign key.pem -out IMAGE.sig OUT\n"
     "If the new frame crashes within three seconds, or hangs within its first second, the\n"
     "old one comes back. LINK as for 'kumiki console'.\n"},
    {"board", kumiki_board, "make a board file from a machine's own device tree",
     "[OPTION]… MACHINE.DTB",
     "  --name NAME       the board's name, as in a frame's image\n"
     "  --qemu-machine M  QEMU's -machine for it, if it is one of QEMU's\n"
     "  --qemu-cpu CPU    QEMU's -cpu for it\n"
     "  --qemu-cpus N     QEMU's -smp for it, at the least\n"
     "  --instruction-time PS  picoseconds that an instruction of the frame takes\n"
     "  --core-power 'BUSY IDLE OFF'  milliwatts of each core\n"
     "  --memory 'BASE SIZE …'  memory that the boot loader fills in, for the tree's\n" OUT_HELP
     "\nWith -o it says in words what it found, which devices a partition can have as\n"
     "a whole, and what several devices have in common. docs/boards/from-a-tree.md explains\n"
     "the words.\n"},
    {"doctor", kumiki_doctor, "make an image that looks whether a board can run Kumiki",
     "[-I FOLDER]… -o OUT BOARD",
     "BOARD is a board's name, or a board file, or a description. The image boots as a packed\n"
     "system does, needs nothing else, and reports in words on the board's console: what it "
     "finds,\n"
     "each defect with what to do, and the numbers for the board file. docs/doctor.md says "
     "more.\n\n"
     "  -I FOLDER         look there, too, for board files\n"
     "  -o OUT            the image\n"},
    {"reference", kumiki_reference, "print a page of all properties, commands and calls", "",
     "The page is in Markdown. 'kumiki help PROPERTY' says what one property means.\n"},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct command *command_find(const char *name)
{
	for (const struct command *each = command_list; each->name != NULL; each++)
		if (strcmp(each->name, name) == 0)
			return each;
	return NULL;
}

int command_option(int argc, char **argv, const char *letters, const struct option *longs)
{
	const int option = getopt_long(argc, argv, letters, longs, NULL);
	struct nearest nearest;

	if (option != '?' || optopt != 0 || strncmp(argv[optind - 1], "--", 2) != 0)
		return option;
	nearest = (struct nearest){.word = argv[optind - 1] + 2};
	for (const struct option *each = longs; each->name != NULL; each++)
		nearest_offer(&nearest, each->name);
	if (nearest_answer(&nearest) != NULL)
		fprintf(stderr, "%s: did you mean '--%s'?\n", argv[0], nearest_answer(&nearest));
	return option;
}

const char *command_folder(const char *name, const char *folder)
{
	struct stat status;

	if (stat(folder, &status) != 0)
		fprintf(stderr, "%s: warning: -I: there is no folder '%s'; correct its name\n",
		        name, folder);
	else if (!S_ISDIR(status.st_mode))
		fprintf(stderr, "%s: warning: '%s' is no folder; write: -I FOLDER %s\n", name,
		        folder, folder);
	return folder;
}

/* Offers the verbs of a command: the words of its usage that have small letters alone. */
static void command_offer_verbs(const char *usage, struct nearest *nearest, char verb[COMMAND_VERB])
{
	for (size_t length; *usage != '\0'; usage += length + (usage[length] != '\0')) {
		const char *best = nearest->best;

		length = strcspn(usage, " |");
		if (length == 0 || length >= COMMAND_VERB ||
		    strspn(usage, "abcdefghijklmnopqrstuvwxyz") < length)
			continue;
		char word[COMMAND_VERB] = {0};
		memcpy(word, usage, length);
		nearest_offer(nearest, word);
		if (nearest->best != best)
			nearest->best = memcpy(verb, word, COMMAND_VERB);
	}
}

int command_unknown(const char *name, const char *word)
{
	const struct command *command = command_find(name);
	struct nearest nearest = {.word = word};
	char verb[COMMAND_VERB];

	command_offer_verbs(command->usage, &nearest, verb);
	if (nearest.distance != 0) {
		fprintf(stderr, "kumiki %s: there is no '", name);
		tame_print(word, stderr);
		fputc('\'', stderr);
		if (nearest_answer(&nearest) != NULL)
			fprintf(stderr, "; did you mean '%s'?", nearest_answer(&nearest));
		fputc('\n', stderr);
	}
	return command_usage(name);
}

int command_usage(const char *name)
{
	const struct command *command = command_find(name);
	fprintf(stderr, "usage: kumiki %s %s\n'kumiki help %s' says more\n", name,
	        command == NULL ? "" : command->usage, name);
	return COMMAND_USAGE;
}

int command_misused(const char *name, const char *why)
{
	if (why != NULL)
		fprintf(stderr, "kumiki %s: %s\n", name, why);
	return command_usage(name);
}
