/* The RTOS's system calls, with their arguments and answers. */
#include "reference.h"
#include <kumiki/rtos/call.h>

static const struct page_call rtos_messages[] = {
    {PAGE_CALL(RTOS_CALL), .meaning = "Calls a port, and waits for the answer.",
     .takes = "x0 to x7: words; x9: port; x10: deadline; x11: payload, and what the caller takes "
              "with the answer",
     .answers = "x0 to x7: the answer's words; x11: what came along", .right = "CALL"},
    {PAGE_CALL(RTOS_REPLY_WAIT),
     .meaning = "Answers a call without payload, then receives. A call "
                "that isn't open any more, or 0 in x12, is no error: the thread just receives.",
     .takes = "x0 to x7: words; x9: port; x10: deadline of the receiving; x11: what the receiver "
              "takes; x12, x13: the call",
     .answers = "a message, as RTOS_RECEIVE", .right = "RECEIVE"},
    {PAGE_CALL(RTOS_RECEIVE),
     .meaning = "Waits for a message. Bits of the bound notification go "
                "before messages. A message that was sent has token 0 and needs no answer.",
     .takes = "x9: port; x10: deadline; x11: what the receiver takes",
     .answers = "x0 to x7: words; x9: badge of the caller's handle; x10: how often the message was "
                "delivered before; x11: what came along; x12: identity; x13: token. "
                "RTOS_SIGNALLED: no message; x0 has the bits, which are cleared",
     .right = "RECEIVE"},
    {PAGE_CALL(RTOS_REPLY), .meaning = "Answers a call.",
     .takes = "x0 to x7: words; x11: payload; x12, x13: the call",
     .answers = "RTOS_GONE: the call isn't open any more. RTOS_NO_ROOM: the caller can't take the "
                "payload; the call is still open"},
    {PAGE_CALL(RTOS_SEND), .meaning = "Sends to a port, and waits until a server took the message.",
     .takes = "x0 to x7: words; x9: port; x10: deadline; x11: payload", .right = "CALL"},
    {PAGE_CALL(RTOS_SIGNAL),
     .meaning = "Sets the bits of the handle's badge in its notification. "
                "It never waits.",
     .takes = "x9: notification", .right = "SIGNAL"},
    {PAGE_CALL(RTOS_WAIT),
     .meaning = "Waits for bits of a notification. With 0 in x9 it only "
                "waits for the deadline and ends with RTOS_TIMED_OUT.",
     .takes = "x9: notification; x10: deadline",
     .answers = "x0: the bits, which are cleared. RTOS_BUSY: another thread waits for it, or has "
                "it bound",
     .right = "WAIT"},
    {PAGE_CALL(RTOS_YIELD), .meaning = "Puts the thread behind the others of its priority."},
    {PAGE_CALL(RTOS_LOCK), .meaning = "Takes a lock.", .takes = "x9: lock; x10: deadline",
     .answers = "RTOS_OWNER_ENDED: the caller has the lock, and its last owner ended with it. "
                "RTOS_BUSY: the caller had it before",
     .right = "USE"},
    {PAGE_CALL(RTOS_UNLOCK), .meaning = "Gives a lock to the first thread that waits.",
     .takes = "x9: lock", .answers = "RTOS_BUSY: the caller isn't its owner", .right = "USE"},
    {PAGE_CALL(RTOS_AGAIN),
     .meaning = "Gives a taken call back to its port, which delivers it "
                "once more.",
     .takes = "x12, x13: the call",
     .answers = "RTOS_BUSY: it was delivered before; it is still open. RTOS_GONE: it isn't open "
                "any more"},
    {PAGE_CALL(RTOS_SHOW),
     .meaning =
         "Shows pages of a region in the window that the caller of an open call offers by "
         "RTOS_ANSWER_PAGES. They stay there after the answer. The region lies in one piece, "
         "as kept memory does. A window shows pages of one region. At most RTOS_SHOW_WINDOWS "
         "windows show pages of a region, and RTOS_SHOW_EACH of one process.",
     .takes = "x9: region; x0 to x7: numbers of its pages, four to a register, or RTOS_SHOW_ZEROS; "
              "x10: RTOS_SHOW_AT(first page of the window, count); x11: 0; x12, x13: the call",
     .answers = "RTOS_GONE: the call isn't open any more. RTOS_NO_ROOM: it offers no window, or "
                "none with room for this",
     .right = "READ"},
    {.name = NULL},
};

static const struct page_call rtos_handles[] = {
    {PAGE_CALL(RTOS_HANDLE_GIVE),
     .meaning = "Copies a handle to another process, or to the own "
                "one with x9 = 0. A badge can be set only where the original has 0.",
     .takes = "x9: process; x0: own handle; x1: rights; x2: badge, or 0 for the original's; x3: "
              "wanted place, 1 to 127, or 0",
     .answers = "x0: the handle there. RTOS_BUSY: the place is taken",
     .right = "MANAGE on another process, GIVE on x0"},
    {PAGE_CALL(RTOS_HANDLE_CLOSE),
     .meaning = "Frees the handle's place. The object stays until "
                "the process ends whose quota it is in.",
     .takes = "x9: handle"},
    {PAGE_CALL(RTOS_HANDLE_INFO), .meaning = "Says what a handle is.", .takes = "x9: handle",
     .answers = "x0: kind; x1: rights; x2: badge; x3: of a port: its epoch"},
    {PAGE_CALL(RTOS_DESTROY),
     .meaning = "Destroys an object. Every handle on it becomes a handle "
                "on nothing, and waiting threads get RTOS_GONE. The call refuses processes, "
                "threads and the machine.",
     .takes = "x9: handle", .right = "MANAGE"},
    {PAGE_CALL(RTOS_PORT_CREATE), .meaning = "Makes a port, in the caller's quota.",
     .takes = "x0: blame limit, or 0 for RTOS_BLAME_DEFAULT; x1: RTOS_PORT_CLOSED or 0",
     .answers = "x0: handle"},
    {PAGE_CALL(RTOS_PORT_CLOSE),
     .meaning = "Closes a port, or opens it again. Calls to a closed "
                "port end with RTOS_NO_SERVER.",
     .takes = "x9: port; x0: 1 closes, 0 opens", .right = "MANAGE"},
    {PAGE_CALL(RTOS_PORT_EPOCH),
     .meaning = "Gives a port a new epoch, as what its server kept is wiped. Calls that were made "
                "before, and each named caller's next one, end with RTOS_NEW_EPOCH.",
     .takes = "x9: port; x0: the callers: bit i for the badges with i in their lowest six bits",
     .answers = "x0: the epoch", .right = "MANAGE"},
    {PAGE_CALL(RTOS_PORT_BAR),
     .meaning = "Has a port refuse a caller's calls of a kind for a while, with RTOS_SET_ASIDE. "
                "Two bars fit; another one bars its caller for all kinds, or takes the place of "
                "the bar that ends first.",
     .takes = "x9: port; x0: badge, 0 lifts all bars; x1: word 0 of the call; x2: until when, a "
              "value of CNTVCT_EL0",
     .right = "MANAGE"},
    {PAGE_CALL(RTOS_BLAMED),
     .meaning =
         "Finds the calls of a port that are blamed for the end of a process that isn't "
         "reaped yet, one at a time. Of more than 40 threads or calls not all are looked at.",
     .takes = "x9: port; x0: process; x1: 0, or the identity that was found last",
     .answers = "x0: the call's identity, or 0; x1: badge; x2: word 0; x3: its blame, with this "
                "end; x4: the port's limit. RTOS_BUSY: the process hasn't ended",
     .right = "MANAGE on both"},
    {PAGE_CALL(RTOS_HIDE),
     .meaning = "Hides a page of a region in all windows that RTOS_SHOW put it into, at one place "
                "of theirs; or all its pages.",
     .takes =
         "x9: region; x0: number of the page, RTOS_SHOW_ZEROS or RTOS_HIDE_ALL; x1: the place, "
         "in pages; x2: 0",
     .answers = "x0: x2, and how many windows had the page there", .right = "WRITE"},
    {PAGE_CALL(RTOS_NOTIFICATION_CREATE),
     .meaning = "Makes a notification, with all bits in the "
                "handle's badge.",
     .answers = "x0: handle"},
    {PAGE_CALL(RTOS_LOCK_CREATE), .meaning = "Makes a lock.", .answers = "x0: handle"},
    {PAGE_CALL(RTOS_TIMER_CREATE),
     .meaning = "Makes a timer that sets bits of a notification; or an alarm, which ends the own "
                "process if a thread of it runs on the alarm's CPU at two firings in a row.",
     .takes = "x9: notification, 0 for an alarm; x0: bits", .answers = "x0: handle",
     .right = "SIGNAL"},
    {PAGE_CALL(RTOS_TIMER_SET),
     .meaning =
         "Sets or stops a timer. A periodic timer's next deadline "
         "is the last one plus the period, or the first such that hasn't passed. The timer "
         "is as urgent as the calling thread by its own priority; a lent one doesn't count. An "
         "alarm needs a period.",
     .takes = "x9: timer; x10: deadline, 0 stops; x0: period in ticks, at least 1/65,536 s, or 0 "
              "for once",
     .right = "USE"},
    {PAGE_CALL(RTOS_WINDOW_CREATE),
     .meaning = "Makes a window, in which pages appear that others lend or show. It is "
                "destroyed, not unmapped.",
     .takes = "x9: 0; x0: address; x1: pages; x2: where a thread goes on that finds no page there, "
              "0: its process ends",
     .answers = "x0 and x9: handle; errors as RTOS_MAP. RTOS_NO_MEMORY with a handle in x0: the "
                "same call with that handle in x9 goes on"},
    {.name = NULL},
};

static const struct page_call rtos_threads[] = {
    {PAGE_CALL(RTOS_THREAD_CREATE), .meaning = "Makes a thread, which is ready at once.",
     .takes = "x9: process, or 0 for the own; x0: entry; x1: SP; x2: its x0; x3: "
              "RTOS_THREAD(priority, cpu, flags); x4: its TPIDR_EL0",
     .answers = "x0: handle. RTOS_NO_ROOM: there are RTOS_THREADS_MAX", .right = "MANAGE"},
    {PAGE_CALL(RTOS_THREAD_BIND),
     .meaning = "Binds a notification to the calling thread's "
                "receiving.",
     .takes = "x9: notification, or 0 for none", .right = "WAIT"},
    {PAGE_CALL(RTOS_THREAD_SET), .meaning = "Sets a thread's priority and CPU.",
     .takes = "x9: thread, or 0 for the caller; x0: RTOS_THREAD(priority, cpu, 0)",
     .answers = "RTOS_BUSY: another CPU runs the thread, or has its floating-point registers",
     .right = "MANAGE"},
    {PAGE_CALL(RTOS_THREAD_END), .meaning = "Ends the calling thread; it doesn't return."},
    {PAGE_CALL(RTOS_RESUME),
     .meaning =
         "Ends the handling of a fault in a window. The thread has the registers that it had "
         "at the fault, but for those that its handler changed beside x0 and x8, and makes "
         "the access again.",
     .takes = "x0: 0; another value: the fault ends the process",
     .answers = "RTOS_BAD_ARGUMENT: the thread handles no fault"},
    {PAGE_CALL(RTOS_THREAD_READ), .meaning = "Reads registers of a thread of an ended process.",
     .takes = "x9: process; x0: number of the thread; x1: first register: 0 to 30 for x0 to x30, "
              "then SP, PC, PSTATE, TPIDR_EL0; from RTOS_REGISTERS_FP on the halves of v0 to v31, "
              "and FPCR below FPSR",
     .answers = "x0 to x7: eight registers. RTOS_GONE: there are fewer threads, or there are no "
                "floating-point registers to read. RTOS_BUSY: the process hasn't ended, or a CPU "
                "still runs it",
     .right = "MANAGE"},
    {PAGE_CALL(RTOS_THREAD_TIME), .meaning = "Says how long a thread ran.",
     .takes = "x9: thread, or 0 for the caller", .answers = "x0: ticks", .right = "MANAGE"},
    {PAGE_CALL(RTOS_PROCESS_TIME),
     .meaning = "Says how long a process's threads ran, the ended "
                "ones included.",
     .takes = "x9: process, or 0 for the own",
     .answers = "x0: ticks; x1: number of threads since the process was made or reset",
     .right = "MANAGE"},
    {PAGE_CALL(RTOS_OLDEST),
     .meaning = "Finds the call that waits longest: the first at a port, "
                "or the oldest that a process took. A call that is served by a thread which itself "
                "waits for "
                "an answer doesn't count. With RTOS_OLDEST_COMPUTED, only calls of a process count "
                "whose serving thread runs or could run. RTOS_OLDEST_AWAITED finds the call whose "
                "answer the process's first thread waits for. Of more than 40 threads or calls not "
                "all are looked at.",
     .takes = "x9: port or process; x0: of a process: RTOS_OLDEST_TAKEN, RTOS_OLDEST_COMPUTED or "
              "RTOS_OLDEST_AWAITED",
     .answers = "x0: the call's identity, or 0; x1: the next identity of all; x2, x3: name of the "
                "calling process, or 0; with RTOS_OLDEST_COMPUTED also x4: ticks that the "
                "serving thread ran; x5: identity of the last call that the process took",
     .right = "MANAGE"},
    {PAGE_CALL(RTOS_PROCESS_CREATE), .meaning = "Makes a process without a thread.",
     .takes = "x9: machine; x0: pages that its handle table may have; x1: RTOS_PROCESS(highest "
              "priority, flags); x2, x3: name",
     .answers = "x0: handle", .right = "USE"},
    {PAGE_CALL(RTOS_PROCESS_PAGES),
     .meaning = "Moves pages from the own quota to that of a process "
                "that the caller made.",
     .takes = "x9: process; x0: pages", .right = "MANAGE"},
    {PAGE_CALL(RTOS_PROCESS_WATCH),
     .meaning = "Has a notification signalled when a process that "
                "the caller made ends, or at once if it has ended.",
     .takes = "x9: process; x0: notification, or 0 for none; x1: bits",
     .right = "MANAGE; SIGNAL on x0"},
    {PAGE_CALL(RTOS_PROCESS_STATE), .meaning = "Reads a process's state.",
     .takes = "x9: process, or 0 for the own",
     .answers = "x0: state; x1: number of the thread that ended it; x2 to x4: by state; x5: free "
                "pages; x6: all pages; x7: handles in use",
     .right = "MANAGE"},
    {PAGE_CALL(RTOS_PROCESS_KILL), .meaning = "Ends a process.",
     .takes = "x9: process; x0: 1 blames the calls that its threads serve", .right = "MANAGE"},
    {PAGE_CALL(RTOS_PROCESS_REAP),
     .meaning = "Takes away an ended process that the caller made. "
                "Its calls go back, its memory returns to its maker's quota, all handles on it go.",
     .takes = "x9: process", .answers = "RTOS_BUSY: it is alive", .right = "MANAGE"},
    {PAGE_CALL(RTOS_PROCESS_RESET),
     .meaning = "Makes an ended process that the caller made alive "
                "again, without a thread. Mappings go; handles, objects, quota and watch stay.",
     .takes = "x9: process", .answers = "RTOS_BUSY: it is alive. RTOS_GONE: its reaping has begun",
     .right = "MANAGE"},
    {PAGE_CALL(RTOS_EXIT), .meaning = "Ends the own process; it doesn't return.",
     .takes = "x0: value"},
    {.name = NULL},
};

static const struct page_call rtos_memory[] = {
    {PAGE_CALL(RTOS_REGION_CREATE),
     .meaning = "Makes a region of zeros, or lets one grow that "
                "isn't sealed.",
     .takes = "x9: 0, or the region that grows; x0: pages; x1: RTOS_REGION_CONTIGUOUS for a power "
              "of two up to 2 MiB in one piece, or 0; x4: process in whose quota, or 0 for the own",
     .answers = "x0 and x9: handle. RTOS_NO_MEMORY with a handle in x0: the region is as large as "
                "it got",
     .right = "MANAGE on x4 and on a region that grows"},
    {PAGE_CALL(RTOS_REGION_DEVICE),
     .meaning =
         "Makes a region of device registers, or (RTOS_REGION_FOREIGN) of another partition's "
         "memory, which is read only. It is possible only where no RAM is, and nothing that "
         "the kernel drives.",
     .takes = "x9: machine; x0: physical address; x1: pages; x2: 0 or RTOS_REGION_FOREIGN",
     .answers = "x0: handle", .right = "USE"},
    {PAGE_CALL(RTOS_REGION_SEAL),
     .meaning = "Seals a region: it can't be mapped writable any more, "
                "and may be executed.",
     .takes = "x9: region", .answers = "RTOS_BUSY: it is mapped writable", .right = "MANAGE"},
    {PAGE_CALL(RTOS_REGION_KEPT),
     .meaning = "Makes a region of memory that outlives the kernel. A place in the kernel's table "
                "names it. The first who asks for a place gets zeros; later, also behind a crash "
                "of the kernel, it has what was left there. No such region can grow or be given.",
     .takes = "x9: machine; x0: pages, as many as before; x1: place, 0 to 135",
     .answers = "x0 and x9: handle; x1: 1 if the place was asked for before, else 0. RTOS_BUSY: a "
                "region has the place. RTOS_NO_MEMORY: the boot image says less",
     .right = "MANAGE"},
    {PAGE_CALL(RTOS_MAP),
     .meaning = "Maps a region. A mapping is never writable and executable, "
                "and executable only if the region is sealed. RTOS_MAP_UNCACHED makes the region "
                "uncached for "
                "ever: that needs MANAGE and no other mapping.",
     .takes = "x9: region; x0: address; x1: first page; x2: pages; x3: rights and flags; x4: "
              "process, or 0 for the own",
     .answers = "RTOS_BUSY: something is there. RTOS_NO_MEMORY: no page for a table is left; the "
                "same call goes on later. RTOS_NO_ROOM: there are RTOS_MAPPINGS_MAX",
     .right = "those of x3; MANAGE on x4"},
    {PAGE_CALL(RTOS_UNMAP), .meaning = "Takes away the whole mapping that begins at an address.",
     .takes = "x0: address; x4: process, or 0 for the own", .right = "MANAGE on x4"},
    {PAGE_CALL(RTOS_REGION_PHYSICAL), .meaning = "Says where a region lies.", .takes = "x9: region",
     .answers = "x0: physical address; x1: pages. RTOS_BAD_ARGUMENT: it isn't one piece",
     .right = "USE"},
    {PAGE_CALL(RTOS_MAPPING), .meaning = "Finds the mapping at an address, or the next one above.",
     .takes = "x9: process, or 0 for the own; x0: address",
     .answers =
         "x0: address; x1: pages; x2: rights; x3: the region's first page; x4: a new handle "
         "on the region with the right READ, or 0 where the caller may have none. RTOS_GONE: "
         "there is no mapping",
     .right = "MANAGE"},
    {.name = NULL},
};

static const struct page_call rtos_machine[] = {
    {PAGE_CALL(RTOS_INTERRUPT_CREATE),
     .meaning = "Takes an interrupt and enables it. When it comes, "
                "it sets the notification's bits, and stays away until RTOS_INTERRUPT_DONE.",
     .takes = "x9: machine; x0: number, from 32; x1: notification; x2: bits; x3: "
              "RTOS_INTERRUPT_EDGE or 0; x4: CPU",
     .answers = "x0: handle. RTOS_BUSY: a process has it", .right = "USE; SIGNAL on x1"},
    {PAGE_CALL(RTOS_INTERRUPT_DONE), .meaning = "Lets an interrupt come again.",
     .takes = "x9: interrupt", .right = "USE"},
    {PAGE_CALL(RTOS_PRINT),
     .meaning = "Prints on the PL011 by polling, for the time before the "
                "console's driver.",
     .takes = "x9: machine; x0 to x6: up to 56 characters; x7: how many", .right = "USE"},
    {PAGE_CALL(RTOS_POWER),
     .meaning = "Switches the machine off, or starts it anew, or the kernel alone behind a report, "
                "with what is kept; it doesn't return.",
     .takes = "x9: machine; x0: RTOS_POWER_OFF, RTOS_POWER_ANEW or RTOS_POWER_KEEP",
     .right = "MANAGE"},
    {PAGE_CALL(RTOS_TRACE),
     .meaning = "Has the kernel trace into a region that lies in one piece, "
                "or no more.",
     .takes = "x9: machine; x0: region; x1: RTOS_TRACE_BEGIN or RTOS_TRACE_END",
     .answers = "RTOS_BUSY: it traces already. RTOS_BAD_ARGUMENT: the region has too few pages for "
                "all CPUs, or is sealed or uncached. RTOS_GONE: it doesn't trace into that region",
     .right = "READ; WRITE on x0"},
    {PAGE_CALL(RTOS_TRACE_STATE), .meaning = "Says how much a CPU wrote into the trace.",
     .takes = "x9: machine; x0: CPU; x1: region",
     .answers = "x0: events since the trace began; x1: events that a ring holds; x2: number of "
                "CPUs. RTOS_GONE: another region was traced into last",
     .right = "READ; READ on x1"},
    {PAGE_CALL(RTOS_TRACE_NAME), .meaning = "Says the name of a process.",
     .takes = "x9: machine; x0: number of the process, as events have it",
     .answers = "x0, x1: name. RTOS_GONE: there is none", .right = "READ"},
    {.name = NULL},
};

static const struct page_number rtos_statuses[] = {
    {PAGE_NUMBER(RTOS_OK), "The call did what it is for."},
    {PAGE_NUMBER(RTOS_SIGNALLED), "A receive ended with bits of the bound notification."},
    {PAGE_NUMBER(RTOS_TIMED_OUT), "The deadline passed."},
    {PAGE_NUMBER(RTOS_GONE), "The call, the object or the process isn't there any more."},
    {PAGE_NUMBER(RTOS_NO_SERVER), "The port is closed."},
    {PAGE_NUMBER(RTOS_SET_ASIDE), "The call, or others of its kind and caller, ended too many "
                                  "servers."},
    {PAGE_NUMBER(RTOS_NO_ROOM), "The other side has no room for a handle, or no window for pages."},
    {PAGE_NUMBER(RTOS_OWNER_ENDED), "The lock is the caller's; its last owner ended with it."},
    {PAGE_NUMBER(RTOS_NEW_EPOCH), "What the server kept is wiped. The call wasn't carried out."},
    {PAGE_NUMBER(RTOS_BAD_CALL), "There is no such call."},
    {PAGE_NUMBER(RTOS_BAD_HANDLE), "There is no such handle, or it is of another kind."},
    {PAGE_NUMBER(RTOS_DENIED), "The handle lacks the right."},
    {PAGE_NUMBER(RTOS_BAD_ARGUMENT), "An argument isn't possible."},
    {PAGE_NUMBER(RTOS_NO_MEMORY), "The own quota is used up."},
    {PAGE_NUMBER(RTOS_NO_HANDLE), "The handle table is full."},
    {PAGE_NUMBER(RTOS_BUSY), "It is in use, and the call can't be done now."},
    {PAGE_NUMBER(RTOS_NOT_BUILT), "Nothing answers this call."},
    {.name = NULL},
};

static const struct page_number rtos_rights[] = {
    {PAGE_NUMBER(RTOS_RIGHT_GIVE), "The handle may be copied to another process."},
    {PAGE_NUMBER(RTOS_RIGHT_MANAGE), "The object may be destroyed, closed, changed, killed."},
    {PAGE_NUMBER(RTOS_RIGHT_CALL), "A port may be called."},
    {PAGE_NUMBER(RTOS_RIGHT_RECEIVE), "A port's messages may be received."},
    {PAGE_NUMBER(RTOS_RIGHT_SIGNAL), "A notification may be signalled."},
    {PAGE_NUMBER(RTOS_RIGHT_WAIT), "A notification may be waited for."},
    {PAGE_NUMBER(RTOS_RIGHT_READ), "A region may be read; the machine may be traced."},
    {PAGE_NUMBER(RTOS_RIGHT_WRITE), "A region may be written."},
    {PAGE_NUMBER(RTOS_RIGHT_EXECUTE), "A region may be executed."},
    {PAGE_NUMBER(RTOS_RIGHT_USE),
     "Use of an interrupt, timer, lock, window or machine; a region's address in "
     "memory."},
    {.name = NULL},
};

static const struct page_number rtos_states[] = {
    {PAGE_NUMBER(RTOS_PROCESS_ALIVE), "It runs."},
    {PAGE_NUMBER(RTOS_PROCESS_EXITED), "It ended itself. x2: the value."},
    {PAGE_NUMBER(RTOS_PROCESS_FAULTED), "A fault ended it. x2: ESR_EL1; x3: FAR_EL1; x4: PC."},
    {PAGE_NUMBER(RTOS_PROCESS_KILLED), "It was killed."},
    {PAGE_NUMBER(RTOS_PROCESS_BROKE), "A wrong call ended it, as it is strict. x2: status; x3: "
                                      "number of the call; x4: PC."},
    {.name = NULL},
};

static void rtos_group(FILE *out, const char *heading, const struct page_call *calls)
{
	fprintf(out, "### %s\n\n", heading);
	page_calls(out, calls, "%u");
}

void reference_rtos(FILE *out)
{
	fputs("## The RTOS's system calls\n\n", out);
	page_paragraph(out,
	               "A program calls by SVC #0 with the number in x8. Afterwards x8 is the "
	               "status. A call changes no other register but those that it answers in. "
	               "'include/kumiki/rtos/call.h' has the constants.");
	page_paragraph(
	    out,
	    "A deadline is a value of CNTVCT_EL0: 0 is none, and a value that has passed "
	    "asks without waiting. A payload is RTOS_PAYLOAD_HANDLE, RTOS_PAYLOAD_LEND "
	    "or RTOS_PAYLOAD_GIVE. A receiver names what it takes by RTOS_ACCEPT_HANDLE, "
	    "RTOS_ACCEPT_PAGES and RTOS_ACCEPT_REGION, a caller by RTOS_ANSWER_HANDLE and "
	    "RTOS_ANSWER_REGION. RTOS_ANSWER_PAGES offers a window for RTOS_SHOW. The right is "
	    "that of the handle in x9.");
	page_numbers(out, "status", rtos_statuses);
	page_numbers(out, "right", rtos_rights);
	page_numbers(out, "state of a process", rtos_states);
	rtos_group(out, "Messages", rtos_messages);
	rtos_group(out, "Handles and objects", rtos_handles);
	rtos_group(out, "Threads and processes", rtos_threads);
	rtos_group(out, "Memory", rtos_memory);
	rtos_group(out, "The machine", rtos_machine);
}
