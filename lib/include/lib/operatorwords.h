/* The operator's commands: what they take, and their help. For the console service, the host
 * command and docs/reference/reference.md. */
#ifndef LIB_OPERATORWORDS_H
#define LIB_OPERATORWORDS_H

#include <stdint.h>

enum operator_command {
	OPERATOR_LIST,
	OPERATOR_SHOW,
	OPERATOR_LOG,
	OPERATOR_START,
	OPERATOR_STOP,
	OPERATOR_RESTART,
	OPERATOR_SUSPEND,
	OPERATOR_RESUME,
	OPERATOR_MOVE,
	OPERATOR_GIVE,
	OPERATOR_CORES,
	OPERATOR_CHANNELS,
	OPERATOR_TRACE,
	OPERATOR_TOP,
	OPERATOR_ACCOUNTS,
	OPERATOR_POWER,
	OPERATOR_HELP,
	OPERATOR_COMMANDS
};

enum operator_operand {
	OPERAND_NONE,
	OPERAND_MOVE,    /* partition, CPU, core */
	OPERAND_GIVE,    /* core, partition; seconds may be left out */
	OPERAND_COMMAND, /* may be left out */
	OPERAND_PARTITION,
	OPERAND_STOP, /* a partition; OPERATOR_OFF may be left out */
	OPERAND_PARTITION_OPTIONAL,
	OPERAND_PARTITION_AND_LINES, /* the lines may be left out */
	OPERAND_SECONDS,             /* may be left out: one second */
	OPERAND_POLICY,              /* may be left out */
	OPERAND_HAND,                /* may be left out */
};

/* Whether a line of the command changes nothing in the system. */
enum operator_looks {
	LOOKS_NEVER,
	LOOKS_ALWAYS,
	LOOKS_ALONE, /* if the command has no operand */
};

#define OPERATOR_OFF  "off"
#define OPERATOR_JSON "--json"

struct operator_word {
	const char *name;
	const char *help; /* the operands, a colon, what the command does */
	enum operator_operand operand;
	enum operator_looks looks;
	uint32_t json; /* which word may be OPERATOR_JSON at the earliest; 0: none */
};

extern const struct operator_word operator_words[OPERATOR_COMMANDS];

#endif
