// SPDX-License-Identifier: GPL-2.0
/* The parts of the module: what its attacks share, and each attack with what undoes it. */
#ifndef INTRUDER_H
#define INTRUDER_H

/* main.c */
extern int intruder_pid;    /* whom it is about */
extern int intruder_hidden; /* for so many seconds it is out of the list of modules */
extern int intruder_undone; /* by somebody else */

/* text.c */
int intruder_write(unsigned long at, const void *from, unsigned long size);
int intruder_text(void);
int intruder_break(void);
int intruder_traced(void);
int intruder_jump(void);
int intruder_sites(void);
int intruder_forge(void);
void intruder_text_undo(void);
int intruder_vectors(void);
void intruder_vectors_undo(void);
int intruder_data(void);
int intruder_data_vectors(void);
void intruder_data_undo(void);
extern unsigned int *intruder_page; /* of code that returns at once */
int intruder_make_code(void);
int intruder_second(void);
void intruder_second_undo(void);
int intruder_swap(void);
void intruder_swap_undo(void);
int intruder_own(void);
void intruder_own_undo(void);
int intruder_own_constant(void);
void intruder_own_constant_undo(void);
int intruder_control(void);
void intruder_control_undo(void);

/* flat.c */
int intruder_flat(void);

/* tasks.c */
int intruder_list(void);
void intruder_list_undo(void);
int intruder_orphan(void);
void intruder_orphan_undo(void);
int intruder_prev(void);
void intruder_prev_undo(void);
int intruder_circle(void);
void intruder_circle_undo(void);
int intruder_renumber(void);
void intruder_renumber_undo(void);
int intruder_tree(void);
void intruder_tree_undo(void);
int intruder_give(void);
int intruder_share(void);
void intruder_give_undo(void);
int intruder_steal(void);
void intruder_steal_undo(void);
int intruder_raise(void);
int intruder_act(void);
int intruder_enable(void);
void intruder_raise_undo(void);
int intruder_ghost(void);
void intruder_ghost_undo(void);
int intruder_run(void);
void intruder_run_undo(void);
int intruder_lose(void);
int intruder_rest(void);
void intruder_rest_undo(void);
int intruder_run_thread(void);
void intruder_run_thread_undo(void);
int intruder_queue_fifo(void);
int intruder_queue_deadline(void);
void intruder_queue_undo(void);
int intruder_canary(void);
void intruder_canary_undo(void);
void intruder_forget(void);

/* tables.c */
unsigned long intruder_function(const char *name);
int intruder_call(void);
int intruder_compat(void);
int intruder_proc(void);
int intruder_show_list(void);
int intruder_next(void);
void intruder_hook_undo(void);
int intruder_hide(void);
int intruder_vanish(void);
int intruder_tcp(void);
int intruder_directory(void);
int intruder_file(void);
int intruder_super(void);
void intruder_super_undo(void);
void intruder_directory_undo(void);
int intruder_settime(void);
int intruder_hooked(void);
void intruder_hide_undo(void);
int intruder_back(void);
void intruder_back_undo(void);

/* handlers.c */
int intruder_registered(int error, void (*unregister)(void));
int intruder_probe(void);
int intruder_trace(void);
int intruder_filter(void);
int intruder_tick(void);
int intruder_tick_late(void);
int intruder_work(void);
int intruder_handle(void);
int intruder_hear_modules(void);
int intruder_hear_restarts(void);
int intruder_hear_crashes(void);
int intruder_hear_panics(void);
int intruder_hear_addresses(void);
void intruder_handler_undo(void);
int intruder_warn(void);
int intruder_crash(void);

/* hooks.c */
int intruder_trace_programs(void);
int intruder_format(void);
int intruder_terminal(void);
int intruder_hear_keys(void);
int intruder_work_late(void);
int intruder_thread(void);

/* packets.c */
int intruder_packets4(void);
int intruder_packets6(void);
int intruder_packets_device(void);
int intruder_divert(void);
void intruder_divert_undo(void);
void intruder_packets_undo(void);

/* hangs.c */
int intruder_deafen(void);
int intruder_wait(void);
int intruder_starve(void);
int intruder_stall(void);
void intruder_wait_undo(void);

#endif
