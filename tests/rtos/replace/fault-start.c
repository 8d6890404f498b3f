#include <replace/counter.h>

const enum counter_fault counter_fault = FAULT_START;
