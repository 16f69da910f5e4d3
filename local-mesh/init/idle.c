/* A process that does nothing until it is told to end.
 *
 * It is three things here: the sandbox of every pod ("pause"), what the client
 * images run when a manifest gives them no command, and the first process of
 * the mesh's own process namespace. In that last place it inherits every
 * orphan, which is why children are reaped (an ignored SIGCHLD does it), and
 * its death takes everything in the namespace with it, which is how the mesh
 * is stopped. As a first process it gets no default signal actions, so SIGTERM
 * has to be answered by hand: "sleep infinity" would sit out the whole grace
 * period whenever a pod is deleted. */
#include <signal.h>
#include <unistd.h>

static void end(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

int main(void)
{
	signal(SIGINT, end);
	signal(SIGTERM, end);
	signal(SIGCHLD, SIG_IGN);
	for (;;)
		pause();
}
