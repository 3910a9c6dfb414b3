/* The description of the API, drawn by Swagger UI; what is tried here is asked as whoever is signed in. */
"use strict";

(function () {
  const place = document.getElementById("api");
  const secret = document.documentElement.dataset.csrf;
  if (!place || !window.SwaggerUIBundle) return;
  window.SwaggerUIBundle({
    url: place.dataset.from,
    domNode: place,
    deepLinking: true,
    docExpansion: "none",
    filter: true,
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: false,
    validatorUrl: null,
    // no code is fetched or run that is not ours: what cannot be drawn without is left out
    syntaxHighlight: { activated: false },
    requestInterceptor: function (request) {
      const ours = new URL(request.url, location.href).origin === location.origin;
      if (ours && secret && request.method !== "GET") request.headers["X-CSRF-Token"] = secret;
      return request;
    },
  });
})();
