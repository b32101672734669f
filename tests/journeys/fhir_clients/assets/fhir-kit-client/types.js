/** The hidden properties attached to every FHIR response object */
export const RESPONSE_KEY = '__response';
export const REQUEST_KEY = '__request';
