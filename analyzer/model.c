/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The model as a whole: dispatch of events, end of the trace, facts about it. */
#include <string.h>

#include "analyzer/model_fork.h"
#include "analyzer/model_hang.h"
#include "analyzer/model_native.h"
#include "analyzer/model_priority.h"
#include "analyzer/model_private.h"

/* What an operation does: exactly one of the two, or nothing. */
struct handler {
	void (*alone)(struct model *model, const struct event *event);
	void (*of_thread)(struct model *model, struct thread *thread, const struct event *event);
};

static void recording_start(struct model *model, const struct event *event)
{
	g_free(model->command);
	model->command = g_strdup(event->text);
}

static void recording_end(struct model *model, const struct event *event)
{
	g_free(model->ending);
	model->ending = g_strdup(event->text);
	model->status = event->value;
}

static void lost(struct model *model, const struct event *event)
{
	model->lost += event->value > 0 ? (uint64_t)event->value : 1;
}

static void recording_detail(struct model *model, const struct event *event)
{
	struct step step = { .kind = STEP_SUMMARY, .time_ns = event->time_ns };

	/* What was not told stays untold. */
	if (model->is_summary || !event->text)
		return;
	if (!strcmp(event->text, "full")) {
		model->detail = MODEL_DETAIL_FULL;
	} else if (!strcmp(event->text, "summary")) {
		model->detail = MODEL_DETAIL_SUMMARY;
		model->is_summary = true;
		model->summary_ns = event->time_ns;
		model_emit(model, &step);
	}
}

static void recording_cost(struct model *model, const struct event *event)
{
	const struct {
		const char *name;
		int64_t *value;
	} counts[] = {
		{ "events", &model->cost.events },	   { "bytes", &model->cost.bytes },
		{ "flushes", &model->cost.flushes },	   { "cpu_ns", &model->cost.cpu_ns },
		{ "blocked_ns", &model->cost.blocked_ns }, { "event_ps", &model->cost.event_ps },
	};

	for (unsigned i = 0; event->text && i < G_N_ELEMENTS(counts); i++)
		if (!strcmp(event->text, counts[i].name))
			*counts[i].value = MAX(event->value, -1);
}

static void recording_noise(struct model *model, const struct event *event)
{
	model->noise.seed = MAX(event->value, -1);
}

static void thread_pause(struct model *model, struct thread *thread, const struct event *event)
{
	(void)thread;
	model->noise.pauses++;
	/* What a stranger wrote may be too much. */
	if (event->value > 0 && event->value < INT64_MAX - model->noise.paused_ns)
		model->noise.paused_ns += event->value;
}

static const struct handler handlers[OPERATION_COUNT] = {
	[OPERATION_PROCESS_START] = { .alone = model_process_start },
	[OPERATION_PROCESS_FORK] = { .alone = model_process_fork },
	[OPERATION_FORK_BEGIN] = { .of_thread = model_fork_begin },
	[OPERATION_FORK_END] = { .of_thread = model_fork_end },
	[OPERATION_PROCESS_EXEC] = { .alone = model_process_exec },
	[OPERATION_PROCESS_EXEC_FAILED] = { .alone = model_process_exec_failed },
	[OPERATION_PROCESS_EXIT] = { .alone = model_process_exit },
	[OPERATION_PROCESS_MODULE] = { .alone = model_process_module },
	[OPERATION_PROCESS_STACK] = { .alone = model_process_stack },
	[OPERATION_NAME] = { .of_thread = model_object_name },
	[OPERATION_GONE] = { .of_thread = model_object_gone },
	[OPERATION_CREATE_BEGIN] = { .of_thread = model_thread_create_begin },
	[OPERATION_CREATE_END] = { .of_thread = model_thread_create_end },
	[OPERATION_START] = { .alone = model_thread_start },
	[OPERATION_THREAD_NAME] = { .of_thread = model_thread_name },
	[OPERATION_POLICY] = { .of_thread = model_priority_policy },
	[OPERATION_NICE] = { .of_thread = model_priority_nice },
	[OPERATION_EXIT] = { .of_thread = model_thread_exit },
	[OPERATION_DETACH] = { .of_thread = model_thread_detach },
	[OPERATION_PAUSE] = { .of_thread = thread_pause },
	[OPERATION_WAIT_LEFT] = { .of_thread = model_wait_left },
	[OPERATION_DEADLOCK_FOUND] = { .of_thread = model_deadlock_found },
	[OPERATION_JOIN_BEGIN] = { .of_thread = model_join_begin },
	[OPERATION_TIMED_JOIN_BEGIN] = { .of_thread = model_timed_join_begin },
	[OPERATION_JOIN_END] = { .of_thread = model_join_end },
	[OPERATION_JOIN_ENDED] = { .of_thread = model_join_ended },
	[OPERATION_TRY_JOIN] = { .of_thread = model_try_join },
	[OPERATION_INIT] = { .of_thread = model_object_init },
	[OPERATION_BORN] = { .of_thread = model_native_born },
	[OPERATION_REFUSED] = { .of_thread = model_native_refused },
	[OPERATION_NOTIFY] = { .of_thread = model_native_notify },
	[OPERATION_SET] = { .of_thread = model_native_set },
	[OPERATION_CLEAR] = { .of_thread = model_native_clear },
	[OPERATION_LOOK] = { .of_thread = model_native_look },
	[OPERATION_BREAK] = { .of_thread = model_native_break },
	[OPERATION_TIMED_ARRIVE] = { .of_thread = model_barrier_timed_arrive },
	[OPERATION_DESTROY] = { .of_thread = model_object_destroy },
	[OPERATION_DESTROY_FAILED] = { .of_thread = model_object_destroy_failed },
	[OPERATION_ACQUIRE] = { .of_thread = model_lock_acquire },
	[OPERATION_ACQUIRE_BEGIN] = { .of_thread = model_lock_begin },
	[OPERATION_TIMED_ACQUIRE_BEGIN] = { .of_thread = model_lock_timed_begin },
	[OPERATION_ACQUIRE_END] = { .of_thread = model_lock_end },
	[OPERATION_TRY_ACQUIRE] = { .of_thread = model_lock_try },
	[OPERATION_RELEASE] = { .of_thread = model_lock_release },
	[OPERATION_RELEASE_FAILED] = { .of_thread = model_lock_release_failed },
	[OPERATION_CONSISTENT] = { .of_thread = model_lock_consistent },
	[OPERATION_WAIT_BEGIN] = { .of_thread = model_cond_wait_begin },
	[OPERATION_TIMED_WAIT_BEGIN] = { .of_thread = model_cond_timed_wait_begin },
	[OPERATION_WAIT_END] = { .of_thread = model_cond_wait_end },
	[OPERATION_SIGNAL] = { .of_thread = model_cond_signal },
	[OPERATION_BROADCAST] = { .of_thread = model_cond_broadcast },
	[OPERATION_READ_ACQUIRE] = { .of_thread = model_read_acquire },
	[OPERATION_READ_ACQUIRE_BEGIN] = { .of_thread = model_read_begin },
	[OPERATION_TIMED_READ_ACQUIRE_BEGIN] = { .of_thread = model_read_timed_begin },
	[OPERATION_READ_ACQUIRE_END] = { .of_thread = model_read_end },
	[OPERATION_TRY_READ_ACQUIRE] = { .of_thread = model_read_try },
	[OPERATION_TALLY] = { .of_thread = model_object_tally },
	[OPERATION_READ_TALLY] = { .of_thread = model_object_read_tally },
	[OPERATION_OPEN] = { .of_thread = model_object_open },
	[OPERATION_TAKE] = { .of_thread = model_semaphore_take },
	[OPERATION_TAKE_BEGIN] = { .of_thread = model_semaphore_begin },
	[OPERATION_TIMED_TAKE_BEGIN] = { .of_thread = model_semaphore_timed_begin },
	[OPERATION_TAKE_END] = { .of_thread = model_semaphore_end },
	[OPERATION_TRY_TAKE] = { .of_thread = model_semaphore_try },
	[OPERATION_POST] = { .of_thread = model_semaphore_post },
	[OPERATION_POST_FAILED] = { .of_thread = model_semaphore_post_failed },
	[OPERATION_ARRIVE] = { .of_thread = model_barrier_arrive },
	[OPERATION_DEPART] = { .of_thread = model_barrier_depart },
	[OPERATION_FUTEX_WAIT_BEGIN] = { .of_thread = model_futex_begin },
	[OPERATION_FUTEX_TIMED_WAIT_BEGIN] = { .of_thread = model_futex_timed_begin },
	[OPERATION_FUTEX_WAIT_END] = { .of_thread = model_futex_end },
	[OPERATION_FUTEX_WAKE] = { .of_thread = model_futex_wake },
	[OPERATION_IO_BEGIN] = { .of_thread = model_call_io },
	[OPERATION_SLEEP_BEGIN] = { .of_thread = model_call_sleep },
	[OPERATION_CALL_END] = { .of_thread = model_call_end },
	[OPERATION_RECORDING_START] = { .alone = recording_start },
	[OPERATION_RECORDING_END] = { .alone = recording_end },
	[OPERATION_RECORDING_DETAIL] = { .alone = recording_detail },
	[OPERATION_RECORDING_NOISE] = { .alone = recording_noise },
	[OPERATION_RECORDING_COST] = { .alone = recording_cost },
	[OPERATION_RECORDING_HANG] = { .alone = model_recording_hang },
	[OPERATION_THREAD_SEEN] = { .alone = model_thread_seen },
	[OPERATION_THREAD_UNSEEN] = { .alone = model_thread_unseen },
	[OPERATION_LOST] = { .alone = lost },
	[OPERATION_LOST_PACKETS] = { .alone = lost },
};

struct model *model_new(void)
{
	struct model *model = g_new0(struct model, 1);

	model->processes = g_ptr_array_new();
	model->all_holds = g_ptr_array_new_with_free_func(g_free);
	model->forks = g_ptr_array_new_with_free_func(model_fork_free);
	model->calls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	model->status = -1;
	model->cost = (struct recording_cost){ -1, -1, -1, -1, -1, -1 };
	model->noise.seed = -1;
	return model;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	g_ptr_array_unref(model->forks);
	for (unsigned i = 0; i < model->processes->len; i++)
		model_process_free(model->processes->pdata[i]);
	g_ptr_array_unref(model->processes);
	g_ptr_array_unref(model->all_holds);
	g_hash_table_unref(model->calls);
	address_table_done(&model->pids);
	model_hang_free(model->hang);
	g_free(model->command);
	g_free(model->ending);
	g_free(model);
}

static void note_time(struct model *model, int64_t time_ns)
{
	if (!model->has_events) {
		model->has_events = true;
		model->start_ns = model->end_ns = model->last_ns = time_ns;
	}
	if (time_ns < model->last_ns)
		model->misfits.backward++;
	model->last_ns = time_ns;
	model->start_ns = MIN(model->start_ns, time_ns);
	model->end_ns = MAX(model->end_ns, time_ns);
}

void model_apply(struct model *model, const struct event *event, model_step_fn step_fn,
		 void *context)
{
	if ((unsigned)event->type >= EVENT_COUNT)
		return;
	const struct handler *handler = &handlers[event_info(event->type)->operation];

	note_time(model, event->time_ns);
	model->step_fn = step_fn;
	model->context = context;
	if (handler->alone) {
		handler->alone(model, event);
		return;
	}
	struct thread *thread = model_thread_of(model, event);
	if (handler->of_thread)
		handler->of_thread(model, thread, event);
}

void model_stop(struct model *model, int64_t time_ns, uint64_t lost)
{
	model->end_ns = MAX(model->end_ns, time_ns);
	model->lost = lost;
}

void model_finish(struct model *model)
{
	for (unsigned i = 0; i < model->processes->len; i++)
		model_process_finish(model, model->processes->pdata[i]);
}

const GPtrArray *model_processes(const struct model *model)
{
	return model->processes;
}

const struct misfits *model_misfits(const struct model *model)
{
	return &model->misfits;
}

uint64_t misfits_total(const struct misfits *misfits)
{
	return misfits->release_unheld + misfits->acquire_held + misfits->end_without_begin +
	       misfits->begin_while_blocked + misfits->unknown_thread + misfits->after_exit +
	       misfits->backward;
}

int64_t model_start_ns(const struct model *model)
{
	return model->start_ns;
}

int64_t model_end_ns(const struct model *model)
{
	return model->end_ns;
}

unsigned model_object_count(const struct model *model)
{
	return model->object_count;
}

unsigned model_thread_count(const struct model *model)
{
	return model->thread_count;
}

uint64_t model_lost(const struct model *model)
{
	return model->lost;
}

const char *model_command(const struct model *model)
{
	return model->command;
}

const char *model_ending(const struct model *model)
{
	return model->ending;
}

int64_t model_status(const struct model *model)
{
	return model->status;
}

enum model_detail model_detail(const struct model *model, int64_t *since_ns)
{
	if (model->is_summary)
		*since_ns = model->summary_ns;
	return model->detail;
}

const struct noise_told *model_noise(const struct model *model)
{
	return &model->noise;
}

const struct recording_cost *model_cost(const struct model *model)
{
	return &model->cost;
}
