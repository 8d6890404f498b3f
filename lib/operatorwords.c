/* See lib/operatorwords.h. */
#include <lib/operatorwords.h>

const struct operator_word operator_words[OPERATOR_COMMANDS] = {
    [OPERATOR_LIST] = {"list", " [--json]: all partitions in a line each", OPERAND_NONE,
                       LOOKS_ALWAYS, 1},
    [OPERATOR_SHOW] = {"show", " NAME [--json]: one partition: state, policy, what it owns",
                       OPERAND_PARTITION, LOOKS_ALWAYS, 2},
    [OPERATOR_LOG] = {"log",
                      " NAME [LINES | all] [--json]: its black box: last lines, events, last crash",
                      OPERAND_PARTITION_AND_LINES, LOOKS_ALWAYS, 2},
    [OPERATOR_START] = {"start", " NAME: starts what is stopped, resumes what is suspended",
                        OPERAND_PARTITION, LOOKS_NEVER, 0},
    [OPERATOR_STOP] =
        {"stop", " NAME [off]: takes it off its cores; off: even if the machine goes off behind it",
         OPERAND_STOP, LOOKS_NEVER, 0},
    [OPERATOR_RESTART] = {"restart", " NAME: starts it anew from its pristine images",
                          OPERAND_PARTITION, LOOKS_NEVER, 0},
    [OPERATOR_SUSPEND] = {"suspend", " NAME: lets it stand still where it is", OPERAND_PARTITION,
                          LOOKS_NEVER, 0},
    [OPERATOR_RESUME] = {"resume", " NAME: lets it go on", OPERAND_PARTITION, LOOKS_NEVER, 0},
    [OPERATOR_MOVE] = {"move", " NAME CPU CORE: moves one of its CPUs to another core",
                       OPERAND_MOVE, LOOKS_NEVER, 0},
    [OPERATOR_GIVE] = {"give",
                       " CORE NAME [SECONDS]: asks the core's holder to give it to NAME, "
                       "or to nobody, within 5 s "
                       "or so many, up to 30",
                       OPERAND_GIVE, LOOKS_NEVER, 0},
    [OPERATOR_CORES] = {"cores",
                        " [hand | auto | --json]: the holder of each core, and who may "
                        "hold it; whether cores move by "
                        "themselves",
                        OPERAND_HAND, LOOKS_ALONE, 1},
    [OPERATOR_CHANNELS] = {"channels",
                           ": the ends of each channel: state, frames sent, received and dropped",
                           OPERAND_NONE, LOOKS_ALWAYS, 0},
    [OPERATOR_TRACE] = {"trace",
                        " [NAME]: the last events of each core, or those before NAME's last end",
                        OPERAND_PARTITION_OPTIONAL, LOOKS_ALWAYS, 0},
    [OPERATOR_TOP] =
        {"top", " [SECONDS] [--json]: shares of the cores, over one second or so many, up to 30",
         OPERAND_SECONDS, LOOKS_ALWAYS, 1},
    [OPERATOR_ACCOUNTS] = {"accounts",
                           " [--json]: the time of cores and CPUs since the machine's start",
                           OPERAND_NONE, LOOKS_ALWAYS, 1},
    [OPERATOR_POWER] = {"power",
                        " [POLICY]: which cores are on; performance, balanced, powersave, isolate",
                        OPERAND_POLICY, LOOKS_ALONE, 0},
    [OPERATOR_HELP] = {"help", " [COMMAND]: this; --json: an answer for programs", OPERAND_COMMAND,
                       LOOKS_ALWAYS, 0},
};
