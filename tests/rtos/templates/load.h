/* A number that the two programs of the templates' test share. */
#ifndef TESTS_RTOS_TEMPLATES_LOAD_H
#define TESTS_RTOS_TEMPLATES_LOAD_H

#define LOAD_STARTS 200 /* starts of the server, while it is called without a pause */

#endif
