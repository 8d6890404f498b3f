/*
 * What a watcher knows of the kernel that it watches (docs/watching.md). `kumiki facts` writes it
 * on the host from that kernel's own Image, or from a program's ELF file; the RTOS's watcher reads
 * it. Places count from the first byte of the Image, offsets from the beginning of their structure,
 * both in bytes.
 */
#ifndef KUMIKI_WATCHFACTS_H
#define KUMIKI_WATCHFACTS_H

#include <stdint.h>

#define WATCHFACTS_MAGIC    0x53544341465f4d4bULL /* "KM_FACTS" */
#define WATCHFACTS_REVISION 12
#define WATCHFACTS_BANNER   160 /* bytes of the kernel's own words about itself, with a NUL */
#define WATCHFACTS_TRACERS  16u
#define WATCHFACTS_OPS      4u

/* A jump label: the kernel has a NOP at this place of its text, or this branch. */
struct watchfacts_jump {
	uint32_t place, branch;
};

enum watchfacts_kind {
	WATCHFACTS_LINUX,
	WATCHFACTS_PROGRAM, /* any other: what only a Linux has is 0 */
	WATCHFACTS_KINDS,
};

/* What a Linux makes code with as it runs. */
enum watchfacts_maker {
	WATCHFACTS_JIT,   /* BPF's compiler */
	WATCHFACTS_SLOTS, /* kprobes: copies of instructions that have a breakpoint */
	WATCHFACTS_MAKERS,
};

/* Behind the structure stand its jump labels, and behind these the places of traced calls, each an
 * uint32_t; both in the order of their places. Of a program its text and constants stand there. */
struct watchfacts {
	uint64_t magic;
	uint32_t revision;
	uint32_t size;   /* of all */
	uint64_t linked; /* a program's own address of place 0; 0: it is wherever it was put */
	uint32_t kind;   /* enum watchfacts_kind */
	/* A program's word of 64 bits that is completed when something is appended to it. 0: there
	 * is none. */
	uint32_t open;
	uint32_t
	    shared; /* bytes of a program's text behind text_end, beside data, so not watched */
	uint32_t zero;
	/* "Linux version …", and where the kernel has these words. */
	char banner[WATCHFACTS_BANNER];
	uint32_t banner_at;
	uint32_t image_size; /* bytes that the kernel uses from its beginning on */
	/* A word that the kernel relocates as it starts: then it is the address of base_of. */
	uint32_t base_at, base_of;
	uint32_t text, text_end;
	uint32_t constants_end; /* they begin where text ends, and include what is constant from
	                         * the end of the start on */
	/* Pages among the constants that have code: newer kernels have the trampoline there. Equal:
	 * there are none. */
	uint32_t entry, entry_end;
	/* Tables of exception vectors: the kernel's; those with mitigations; and where the ones for
	 * the time at EL0 are (KPTI), between two places. 0 instead of a place: there are none. */
	uint32_t vectors, vectors_hardened, trampoline, trampoline_end;
	uint32_t init_task, init_pid_ns, system_state; /* variables */
	uint32_t running;                              /* the value of system_state from then on */
	/* Structures: offsets of members, in the order of their names. */
	uint32_t idr_rt, namespace_idr;
	uint32_t node_shift, node_count, node_slots, node_size;
	uint32_t node_free;  /* of a bit for each slot: something is free there, or below */
	uint32_t pid_number; /* of numbers[0].nr */
	uint32_t pid_tasks;  /* of the list of thread groups */
	uint32_t root_head;
	uint32_t task_comm, task_link, task_pid, task_tasks; /* task_link: of pid_links, likewise */
	/* The lock of the task list (a variable; 0: not found), and the half of a word that it has
	 * while nobody holds it. */
	uint32_t tasks_lock, tasks_free;
	/* The lock of the PID tree, 4 bytes that are 0 while nobody holds it; 0: not found. */
	uint32_t numbers_lock;
	/* Likewise the lock of the kernel's own writable way to its text; 0: not found. */
	uint32_t text_lock;
	/* Where the kernel changes its own text: how many jump labels there are, and how many
	 * functions that begin with a traced call: a NOP, or a call of one of the callers. Callers
	 * go on at trace_call, which calls one of the tracers. 0 instead of a place: there is none.
	 */
	uint32_t jumps, traced;
	uint32_t trace_caller[2], trace_call;
	uint32_t tracers, tracer[WATCHFACTS_TRACERS];
	/* Newer kernels have a word of 64 bits in front of each traced function, so many bytes
	 * before the call: the address of one of these variables. 0: there is no such word. */
	uint32_t traced_word, traced_ops[WATCHFACTS_OPS];
	/* Breakpoints of the kernel's own (kprobes): its table of them (a variable; 0: not found),
	 * and members of struct kprobe. */
	uint32_t probes, probe_addr, probe_link, probe_opcode;
	/* Modules: the list of them (a variable; 0: not found), and members of struct module: their
	 * memory, which begins with their text, the text of their start, the tables of their jump
	 * labels and traced calls (0: there is no such table), and their variables of each CPU (0:
	 * they have none).
	 */
	uint32_t modules, module_list, module_state, module_name;
	uint32_t module_base, module_size, module_text_size, module_init_base, module_init_size;
	uint32_t module_jumps, module_jump_count, module_calls, module_call_count;
	uint32_t module_percpu;
	/* What a fatal signal takes: in a task its flags, its first pending signals, its memory (a
	 * pointer that is 0 in a kernel thread), and what leads to its handlers (0: this kernel's
	 * lock isn't known); in these their lock, 4 bytes that are 0 while nobody holds it. */
	uint32_t task_flags, task_pending, task_mm, task_sighand, sighand_lock;
	/* A task's credentials: those that it acts by, its own, its parent; and how many use them,
	 * in 4 bytes. With those that its file names its program was begun; of whose user they are.
	 */
	uint32_t task_cred, task_real_cred, task_parent, cred_users;
	uint32_t memory_file, file_cred, cred_user;
	/* Areas of addresses that the kernel maps: the root of their tree (a variable; 0: not
	 * found), members of a node of a tree, of an area (where it begins and ends, its node, its
	 * memory), and of that memory: the place in the code that asked for it. */
	uint32_t areas, tree_left, tree_right;
	uint32_t area_begin, area_end, area_node, area_memory, memory_asker;
	/* The functions that ask for memory for code, by enum watchfacts_maker; 0: none. */
	uint32_t maker[WATCHFACTS_MAKERS], maker_end[WATCHFACTS_MAKERS];
};

#endif
