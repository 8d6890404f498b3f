/* A guest's calls to the frame: Kumiki's hypercalls, PSCI and SMCCC. */
#include "reference.h"
#include <kumiki/hypercall.h>
#include <kumiki/life.h>
#include <kumiki/power.h>
#include <kumiki/psci.h>

static const struct page_call guest_calls[] = {
    {PAGE_CALL(KUMIKI_CALL_UID), .meaning = "Says that the hypervisor is Kumiki.",
     .answers = "w0 to w3: the UUID 4b9c7a0d-36e1-4c52-9a57-6b756d696b69"},
    {PAGE_CALL(KUMIKI_CALL_REVISION),
     .meaning = "Says which revision of this interface there is. "
                "The major number changes when a call changes, the minor one when calls are added.",
     .answers = "w0: major, w1: minor"},
    {PAGE_CALL(KUMIKI_CALL_SELF), .meaning = "Says who the caller is.",
     .answers = "x0: index of the partition; x1: index of the vCPU; x2: number of the partition's "
                "vCPUs; x3: how often the partition was started (since 1.1)"},
    {PAGE_CALL(KUMIKI_CALL_NAME), .meaning = "Reads the partition's own name.",
     .takes = "x1: offset 0, 8, 16 or 24",
     .answers = "x0: eight bytes of the name, as in memory. KUMIKI_INVALID_PARAMETERS: another "
                "offset"},
    {PAGE_CALL(KUMIKI_CALL_NOP), .meaning = "Does nothing: its time is that of a round trip.",
     .answers = "x0: 0"},
    {PAGE_CALL(KUMIKI_CALL_PARTITIONS), .meaning = "Says whom the caller manages (since 1.1).",
     .answers = "x0: number of partitions; x1: a bit for the index of each managed partition"},
    {PAGE_CALL(KUMIKI_CALL_STATE),
     .meaning = "Reads the state of the caller's own partition or of "
                "a managed one (since 1.1).",
     .takes = "x1: index of the partition",
     .answers = "x0: state; x1: reason of the last end; x2: how often it was started; x3: restarts "
                "without a command, in the present window. KUMIKI_DENIED: another partition"},
    {PAGE_CALL(KUMIKI_CALL_COMMAND),
     .meaning = "Commands a managed partition (since 1.1). The "
                "answer comes before the command is carried out; the partition's state says what "
                "came of it.",
     .takes = "x1: index of the partition; x2: command",
     .answers =
         "x0: 0. KUMIKI_DENIED: the partition isn't managed. KUMIKI_INVALID_PARAMETERS: no "
         "such command. KUMIKI_NOT_SUPPORTED: suspend, of a partition with a core of another "
         "architecture"},
    {PAGE_CALL(KUMIKI_CALL_NAME_OF), .meaning = "Reads a partition's name (since 1.1).",
     .takes = "x1: index of the partition; x2: offset, as of KUMIKI_CALL_NAME",
     .answers = "x0: eight bytes of the name. KUMIKI_INVALID_PARAMETERS: no such partition or "
                "offset"},
    {PAGE_CALL(KUMIKI_CALL_MOVE),
     .meaning = "Moves a vCPU of a managed partition to another core, "
                "where its description lets it run (since 1.1). The partition must not be stopped.",
     .takes = "x1: index of the partition; x2: vCPU; x3: core",
     .answers =
         "x0: 0: on its way. KUMIKI_DENIED: the partition isn't managed or is stopped, or the vCPU "
         "may not run there. KUMIKI_INVALID_PARAMETERS: no such vCPU or core"},
    {PAGE_CALL(KUMIKI_CALL_RING), .meaning = "Rings a doorbell (since 1.1).",
     .takes = "x1: the doorbell's number in the device tree",
     .answers = "x0: 0, whether or not a partition hears it. KUMIKI_DENIED: the doorbell isn't the "
                "caller's. KUMIKI_INVALID_PARAMETERS: no such doorbell"},
    {PAGE_CALL(KUMIKI_CALL_PRIORITY),
     .meaning = "Sets the calling vCPU's priority, within "
                "'kumiki,task-priority' (since 1.2). An interrupt raises it to the highest of them "
                "until the "
                "next such call. A reset of the vCPU ends it.",
     .takes = "x1: the priority", .answers = "x0: 0. KUMIKI_INVALID_PARAMETERS: beyond the bounds"},
    {PAGE_CALL(KUMIKI_CALL_HOLD),
     .meaning =
         "Asks that a partition holds a core (since 1.3). The "
         "caller holds the core or manages its holder; a core of nobody can be asked for by the "
         "partition that is to hold it, and by its managers. With the holder's index the core "
         "stays.",
     .takes = "x1: core; x2: index of the partition, 31 for nobody, or 0xff to withdraw; x3: time "
              "limit in 65,536 ticks of the counter, or the number of the request to withdraw",
     .answers = "x0: number of the request, 0 to 255. KUMIKI_DENIED: it isn't the caller's to ask. "
                "KUMIKI_INVALID_PARAMETERS: the partition may not hold that core, or the request "
                "to withdraw isn't the last one"},
    {PAGE_CALL(KUMIKI_CALL_HOLDER),
     .meaning = "Reads who holds a core, and what is asked for "
                "(since 1.3).",
     .takes = "x1: core",
     .answers = "x0: the core's record, as 'include/kumiki/hold.h' has it. "
                "KUMIKI_INVALID_PARAMETERS: no such core"},
    {PAGE_CALL(KUMIKI_CALL_POWER),
     .meaning = "Changes the policy that says which cores are on "
                "(since 1.4). It is for partitions with 'kumiki,manages-power'.",
     .takes = "x1: the policy; -1 changes nothing",
     .answers = "x0: the policy that held. KUMIKI_DENIED: the partition may not. "
                "KUMIKI_INVALID_PARAMETERS: no such policy"},
    {.name = NULL},
};

static const struct page_number guest_errors[] = {
    {PAGE_NUMBER(KUMIKI_NOT_SUPPORTED), "There is no such call."},
    {PAGE_NUMBER(KUMIKI_INVALID_PARAMETERS), "An argument isn't possible."},
    {PAGE_NUMBER(KUMIKI_DENIED), "The description doesn't allow it to the caller."},
    {.name = NULL},
};

static const struct page_number guest_states[] = {
    {PAGE_NUMBER(LIFE_STOPPED), "It doesn't run."},
    {PAGE_NUMBER(LIFE_WAITING), "It waits for its time, or for another partition."},
    {PAGE_NUMBER(LIFE_LOADING), "The loader lays out its images."},
    {PAGE_NUMBER(LIFE_RUNNING), "It runs."},
    {PAGE_NUMBER(LIFE_SUSPENDING), "Its vCPUs are being parked."},
    {PAGE_NUMBER(LIFE_SUSPENDED), "All its vCPUs stand still."},
    {PAGE_NUMBER(LIFE_HOLDING), "Its vCPUs are being parked after a crash."},
    {PAGE_NUMBER(LIFE_HELD), "It stands still after a crash, for inspection."},
    {PAGE_NUMBER(LIFE_STOPPING), "Its vCPUs go off."},
    {.name = NULL},
};

static const struct page_number guest_reasons[] = {
    {PAGE_NUMBER(STOP_NONE), "It has not ended yet."},
    {PAGE_NUMBER(STOP_OFF), "SYSTEM_OFF."},
    {PAGE_NUMBER(STOP_RESET), "SYSTEM_RESET or SYSTEM_RESET2."},
    {PAGE_NUMBER(STOP_FAULT), "An error that could not be given back to the guest."},
    {PAGE_NUMBER(STOP_IMAGE), "A damaged image."},
    {PAGE_NUMBER(STOP_COMMAND), "A command to stop."},
    {PAGE_NUMBER(STOP_RESTART), "A command to restart."},
    {PAGE_NUMBER(STOP_WATCHDOG), "Its watchdog's second signal."},
    {PAGE_NUMBER(STOP_PANIC), "A reset by its kernel's panic."},
    {PAGE_NUMBER(STOP_DMA), "Its devices kept trying to reach memory that isn't its own."},
    {PAGE_NUMBER(STOP_DEADLINE), "A missed deadline, with 'kumiki,on-miss' \"restart\"."},
    {PAGE_NUMBER(STOP_CPUS_OFF), "CPU_OFF by its last vCPU that was on."},
    {PAGE_NUMBER(STOP_CRASH), "It crashed, as it said itself: 'HVC #0x4b4d'."},
    {PAGE_NUMBER(STOP_KEPT), "What the frame kept of it was damaged."},
    {PAGE_NUMBER(STOP_FRAME), "The frame failed again and again at work for it."},
    {.name = NULL},
};

static const struct page_number guest_commands[] = {
    {PAGE_NUMBER(LIFE_START), "Starts a stopped partition, resumes a suspended one."},
    {PAGE_NUMBER(LIFE_STOP), "Stops it."},
    {PAGE_NUMBER(LIFE_RESTART), "Starts it anew from its pristine images."},
    {PAGE_NUMBER(LIFE_SUSPEND), "Lets it stand still."},
    {PAGE_NUMBER(LIFE_RESUME), "Lets it go on."},
    {.name = NULL},
};

static const struct page_number guest_policies[] = {
    {PAGE_NUMBER(POWER_PERFORMANCE), "All cores are on."},
    {PAGE_NUMBER(POWER_BALANCED), "Cores go off and come on by load."},
    {PAGE_NUMBER(POWER_POWERSAVE), "As few cores are on as the promises of time allow."},
    {PAGE_NUMBER(POWER_ISOLATE), "All cores are on; real-time vCPUs have theirs alone."},
    {.name = NULL},
};

static const struct page_call guest_psci[] = {
    {PAGE_CALL(PSCI_FN_VERSION), .answers = "0x10001: PSCI 1.1"},
    {PAGE_CALL(PSCI_FN_CPU_SUSPEND),
     .meaning = "Also 64-bit. Standby waits as WFI does. Power-down "
                "waits, and then the vCPU starts at the entry with x0 = context.",
     .takes = "power_state in the original format, with level 0; entry; context",
     .answers = "SUCCESS after standby. INVALID_PARAMETERS: a reserved bit or another level. "
                "INVALID_ADDRESS: an entry outside of the partition's memory"},
    {PAGE_CALL(PSCI_FN_CPU_OFF), .answers = "nothing: the call doesn't return"},
    {PAGE_CALL(PSCI_FN_CPU_ON),
     .meaning = "Also 64-bit. Of several callers at once exactly one "
                "gets SUCCESS.",
     .takes = "the target's affinity; entry; context",
     .answers =
         "SUCCESS. INVALID_PARAMETERS: no such vCPU. ALREADY_ON, also while it starts. DENIED: "
         "another "
         "partition holds the vCPU's core. INVALID_ADDRESS: the entry isn't a multiple of 4, "
         "or outside of the partition's memory"},
    {PAGE_CALL(PSCI_FN_AFFINITY_INFO),
     .meaning = "Also 64-bit. For levels 1 to 3 the answer is "
                "that of the most awake vCPU in the node.",
     .takes = "the target's affinity; a level, 0 to 3",
     .answers = "0 on, 1 off, 2 on its way. INVALID_PARAMETERS: no such vCPU, node or level"},
    {PAGE_CALL(PSCI_FN_MIGRATE_INFO_TYPE), .answers = "2: there is no trusted OS"},
    {PAGE_CALL(PSCI_FN_SYSTEM_OFF), .meaning = "The partition stops; the machine goes on.",
     .answers = "nothing: the call doesn't return"},
    {PAGE_CALL(PSCI_FN_SYSTEM_RESET),
     .meaning = "The partition starts anew from its pristine "
                "images.",
     .answers = "nothing: the call doesn't return"},
    {PAGE_CALL(PSCI_FN_FEATURES), .takes = "an identifier",
     .answers = "0 for each PSCI call of this list and for SMCCC_FN_VERSION; else NOT_SUPPORTED"},
    {PAGE_CALL(PSCI_FN_SYSTEM_RESET2), .meaning = "Also 64-bit.", .takes = "a type",
     .answers = "as PSCI_FN_SYSTEM_RESET for type 0; else INVALID_PARAMETERS"},
    {PAGE_CALL(SMCCC_FN_VERSION), .answers = "0x10001: SMCCC 1.1"},
    {PAGE_CALL(SMCCC_FN_ARCH_FEATURES), .takes = "an identifier",
     .answers = "0 for both SMCCC calls and PV_TIME_FN_FEATURES. For a workaround: 0 if the call "
                "mitigates, 1 if this core doesn't need it, NOT_SUPPORTED if that is unknown. Else "
                "NOT_SUPPORTED"},
    {PAGE_CALL(SMCCC_FN_ARCH_WORKAROUND_1),
     .meaning = "The frame passes the call to the firmware "
                "where it mitigates.",
     .answers = "0; NOT_SUPPORTED if it is unknown"},
    {PAGE_CALL(SMCCC_FN_ARCH_WORKAROUND_2), .answers = "as SMCCC_FN_ARCH_WORKAROUND_1"},
    {PAGE_CALL(SMCCC_FN_ARCH_WORKAROUND_3), .answers = "as SMCCC_FN_ARCH_WORKAROUND_1"},
    {PAGE_CALL(PV_TIME_FN_FEATURES), .takes = "an identifier",
     .answers = "0 for itself and PV_TIME_FN_ST; else NOT_SUPPORTED"},
    {PAGE_CALL(PV_TIME_FN_ST), .meaning = "Asks for the calling vCPU's record of stolen time.",
     .answers = "the guest address of the record, which the partition can only read"},
    {.name = NULL},
};

void reference_guest(FILE *out)
{
	fputs("## Hypercalls\n\n", out);
	page_paragraph(out,
	               "A guest calls by HVC #0 or SMC #0, by the SMC Calling Convention: the "
	               "number in w0, arguments in x1 and on, answers in x0 and on. All other "
	               "registers are kept. 'include/kumiki/hypercall.h' has the constants. HVC "
	               "#0x4b4d takes nothing: the caller has crashed (since 1.5).");
	fputs("### Kumiki's calls\n\n", out);
	page_calls(out, guest_calls, "0x%08x");
	fputs("### Errors, states and other numbers\n\n", out);
	page_numbers(out, "error", guest_errors);
	page_numbers(out, "state", guest_states);
	page_numbers(out, "reason of the last end", guest_reasons);
	page_numbers(out, "command", guest_commands);
	page_numbers(out, "policy", guest_policies);
	fputs("## PSCI and SMCCC\n\n", out);
	page_paragraph(out,
	               "The calls of Arm's standards. A 64-bit call has bit 30 of the number set. "
	               "Errors are PSCI's: NOT_SUPPORTED -1, INVALID_PARAMETERS -2, DENIED -3, "
	               "ALREADY_ON -4, INVALID_ADDRESS -9. Every call that isn't "
	               "listed here answers NOT_SUPPORTED.");
	fputs("### Arm's calls\n\n", out);
	page_calls(out, guest_psci, "0x%08x");
}
