/** The form of the ids that a data server may give, for rooms that take such ids from elsewhere than its answers. */
export { RECORD_ID } from '../data-server/client/data-server.js';
