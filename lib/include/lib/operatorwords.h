/* The operator's commands with their help, for the console service and for docs/reference.md. */
#ifndef LIB_OPERATORWORDS_H
#define LIB_OPERATORWORDS_H

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
	OPERATOR_TRACE,
	OPERATOR_TOP,
	OPERATOR_POWER,
	OPERATOR_HELP,
	OPERATOR_COMMANDS
};

struct operator_word {
	const char *name;
	const char *help; /* the operands, a colon, the effect */
};

extern const struct operator_word operator_words[OPERATOR_COMMANDS];

#endif
