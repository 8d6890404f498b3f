/* See lib/operatorwords.h. */
#include <lib/operatorwords.h>

const struct operator_word operator_words[OPERATOR_COMMANDS] = {
    [OPERATOR_LIST] = {"list", ": all partitions in a line each"},
    [OPERATOR_SHOW] = {"show", " NAME: one partition: state, policy, what it owns"},
    [OPERATOR_LOG] = {"log", " NAME [LINES | all]: its black box: last lines, events, last crash"},
    [OPERATOR_START] = {"start", " NAME: starts what is stopped, resumes what is suspended"},
    [OPERATOR_STOP] = {"stop", " NAME: takes it off its cores"},
    [OPERATOR_RESTART] = {"restart", " NAME: starts it anew from its pristine images"},
    [OPERATOR_SUSPEND] = {"suspend", " NAME: lets it stand still where it is"},
    [OPERATOR_RESUME] = {"resume", " NAME: lets it go on"},
    [OPERATOR_MOVE] = {"move", " NAME CPU CORE: moves one of its CPUs to another core"},
    [OPERATOR_GIVE] = {"give", " CORE NAME [SECONDS]: asks the core's holder to give it to NAME, "
                               "or to nobody, within 5 s "
                               "or so many, up to 30"},
    [OPERATOR_CORES] =
        {"cores",
         " [hand | auto]: the holder of each core, and who may hold it; whether cores move by "
         "themselves"},
    [OPERATOR_TRACE] = {"trace",
                        " [NAME]: the last events of each core, or those before NAME's last end"},
    [OPERATOR_TOP] = {"top",
                      " [SECONDS]: shares of the cores, over one second or so many, up to 30"},
    [OPERATOR_POWER] = {"power",
                        " [POLICY]: which cores are on; performance, balanced, powersave, isolate"},
    [OPERATOR_HELP] = {"help", " [COMMAND]: this"},
};
