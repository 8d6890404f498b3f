/* SPDX-License-Identifier: MIT-0 */
/*
 * A real-time program on a core of another architecture, which it has for itself: a controller that
 * keeps a simulated pendulum upright. It makes 1,000 steps a second, and polls the core's clock for
 * them. It writes each step's state into a window, if it has one. Once a second it prints how late
 * its worst step was and how far the pendulum leaned. A new value in the window's first word pushes
 * the pendulum.
 */
#include <guest/tree.h>
#include <remote/remote.h>
#include <stdio.h>

#define CONTROL_STEP 1000000u /* cycles: a millisecond at 1 GHz */
#define CONTROL_HZ   1000u

/* The window: another partition writes `pushes`, this program the rest. */
struct control_window {
	uint32_t pushes;
	uint32_t steps;
	int32_t angle_microradians;
	uint32_t worst_cycles;
};

static struct {
	float angle, speed; /* in radians, and radians a second */
	float leaned;       /* the most in this second */
	uint32_t late;      /* cycles, the worst step in this second */
	uint32_t pushes;
} control;

/* Simulates a millisecond of a pendulum of 0.5 m that stands on its end. A torque against its angle
 * and its speed keeps it upright. */
static void control_step(void)
{
	const float dt = 1.0f / (float)CONTROL_HZ;
	const float torque = -60.0f * control.angle - 12.0f * control.speed;
	const float lean = control.angle < 0 ? -control.angle : control.angle;

	control.speed += (9.81f / 0.5f * control.angle + torque) * dt;
	control.angle += control.speed * dt;
	if (lean > control.leaned)
		control.leaned = lean;
}

static void control_heed_push(volatile struct control_window *window)
{
	uint32_t pushes = window->pushes;

	if (pushes != control.pushes)
		control.speed += 0.5f;
	control.pushes = pushes;
}

static void control_report(uint32_t second)
{
	printf("control: %lu s, worst step %lu cycles late, leaned %lu microradians\n",
	       (unsigned long)second, (unsigned long)control.late,
	       (unsigned long)(control.leaned * 1e6f));
	control.late = 0;
	control.leaned = 0;
}

void remote_main(const void *tree)
{
	const struct tree_node node = tree_compatible(tree, "kumiki,window-1.0", 0);
	volatile struct control_window *window =
	    (volatile struct control_window *)(uintptr_t)tree_number(node, "reg", 0);
	uint32_t due = remote_cycles();

	printf("control: life %lu\n", (unsigned long)remote_life());
	control.angle = 0.01f;
	remote_beats_within(1000000); /* a long time: an emulator may stop a core */
	for (uint32_t step = 1;; step++) {
		due += CONTROL_STEP;
		while ((int32_t)(remote_cycles() - due) < 0)
			remote_pause();
		if (remote_cycles() - due > control.late)
			control.late = remote_cycles() - due;
		control_step();
		remote_beat();
		if (node.at != NULL) {
			control_heed_push(window);
			window->angle_microradians = (int32_t)(control.angle * 1e6f);
			window->worst_cycles = control.late;
			window->steps = step;
		}
		if (step % CONTROL_HZ == 0)
			control_report(step / CONTROL_HZ);
	}
}
