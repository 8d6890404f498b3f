/* What the two programs of the templates' test agree on. */
#ifndef TESTS_RTOS_TEMPLATES_LOAD_H
#define TESTS_RTOS_TEMPLATES_LOAD_H

#define LOAD_STARTS 200 /* of the server, while it is asked without a pause */

#endif
